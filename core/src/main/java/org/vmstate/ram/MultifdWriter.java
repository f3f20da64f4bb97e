// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireWriter;

/// Writes the channels of a multifd migration: packets of pages go to the channels in turn.
///
/// Zero pages are not written here, but to the main stream, because every QEMU version loads them
/// from there.
///
/// Corresponds to QEMU's `multifd_send_thread`.
final class MultifdWriter implements AutoCloseable {
    private static final int RESERVED_BYTES = 7 + 32;

    private final List<Channel> channels = new ArrayList<>();
    private final int pageSize;
    private final int room;
    private final int method;
    private final byte[] pages = new byte[MultifdPacket.PACKET_BYTES];
    private final long[] offsets;
    private @Nullable RamBlock block;
    private int count;
    private int next;
    private long number;

    private record Channel(WireWriter out, PacketEncoder encoder) {}

    /// @param machine the UUID of the machine, which destinations with the capability
    ///   `validate-uuid` compare; 0 if unknown
    MultifdWriter(
            List<? extends WritableByteChannel> files, RamFormat format, int pageSize, UUID machine)
            throws IOException {
        this.pageSize = pageSize;
        this.room = MultifdPacket.PACKET_BYTES / pageSize;
        this.offsets = new long[room];
        this.method =
                switch (format) {
                    case MULTIFD_ZLIB -> MultifdPacket.METHOD_ZLIB;
                    case MULTIFD_ZSTD -> MultifdPacket.METHOD_ZSTD;
                    default -> MultifdPacket.METHOD_NONE;
                };
        for (WritableByteChannel file : files) {
            Channel channel = new Channel(WireWriter.to(file), encoder());
            channel.out().int32(MultifdPacket.MAGIC);
            channel.out().int32(MultifdPacket.VERSION);
            channel.out().int64(machine.getMostSignificantBits());
            channel.out().int64(machine.getLeastSignificantBits());
            channel.out().u8(channels.size());
            channel.out().zeros(RESERVED_BYTES);
            channels.add(channel);
        }
    }

    /// Adds a page to the current packet, which contains pages of one block.
    @SuppressWarnings("ReferenceEquality") // blocks come from one image
    void page(RamBlock of, long offset, byte[] bytes, int at) throws IOException {
        if (of != block || count == room) {
            packet();
            block = of;
        }
        System.arraycopy(bytes, at, pages, count * pageSize, pageSize);
        offsets[count++] = offset;
    }

    /// Writes the current packet, then a sync packet to every channel.
    void sync() throws IOException {
        packet();
        for (Channel channel : channels) {
            new MultifdPacket(MultifdPacket.SYNC | method, room, 0, 0, number++, "", new long[0])
                    .write(channel.out());
            channel.out().flush();
        }
    }

    private void packet() throws IOException {
        if (count == 0 || block == null) {
            return;
        }
        Channel channel = channels.get(next);
        next = (next + 1) % channels.size();
        ByteBuffer payload = channel.encoder().encode(pages, count * pageSize);
        new MultifdPacket(
                        method,
                        room,
                        count,
                        payload.remaining(),
                        number++,
                        block.name(),
                        java.util.Arrays.copyOf(offsets, count))
                .write(channel.out());
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        channel.out().bytes(bytes);
        count = 0;
    }

    private PacketEncoder encoder() throws IOException {
        return switch (method) {
            case MultifdPacket.METHOD_ZLIB -> new PacketEncoder.Zlib();
            case MultifdPacket.METHOD_ZSTD -> PacketEncoder.zstd();
            default -> new PacketEncoder.None();
        };
    }

    @Override
    public void close() {
        for (Channel channel : channels) {
            channel.encoder().close();
        }
    }
}
