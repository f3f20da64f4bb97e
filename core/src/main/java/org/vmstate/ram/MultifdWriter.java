// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes the channels of a multifd migration to files: packets of pages go to the channels in
/// turn.
///
/// Zero pages are not written here, but to the main stream, because every QEMU version loads them
/// from there.
final class MultifdWriter implements AutoCloseable {
    private final List<MultifdOutput> channels = new ArrayList<>();
    private final int pageSize;
    private final int room;
    private final byte[] pages = new byte[MultifdPacket.PACKET_BYTES];
    private final long[] offsets;
    private @Nullable RamBlock block;
    private int count;
    private int next;
    private long number;

    /// @param machine the UUID of the machine, or 0 if it is unknown
    MultifdWriter(
            List<? extends WritableByteChannel> files, RamFormat format, int pageSize, UUID machine)
            throws IOException {
        this.pageSize = pageSize;
        this.room = MultifdPacket.PACKET_BYTES / pageSize;
        this.offsets = new long[room];
        for (WritableByteChannel file : files) {
            channels.add(
                    new MultifdOutput(
                            file, format, pageSize, new MultifdHello(machine, channels.size())));
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
        for (MultifdOutput channel : channels) {
            channel.sync(number++);
        }
    }

    private void packet() throws IOException {
        if (count == 0 || block == null) {
            return;
        }
        MultifdOutput channel = channels.get(next);
        next = (next + 1) % channels.size();
        channel.packet(block, Arrays.copyOf(offsets, count), count, number++, pages);
        count = 0;
    }

    @Override
    public void close() {
        channels.forEach(MultifdOutput::close);
    }
}
