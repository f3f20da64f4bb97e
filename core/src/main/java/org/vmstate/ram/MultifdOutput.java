// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireWriter;

/// Writes the packets of one multifd channel.
///
/// Corresponds to QEMU's `multifd_send_thread`.
final class MultifdOutput implements AutoCloseable {
    private final WireWriter out;
    private final int room;
    private final int pageSize;
    private final int method;

    /// Null if pages are not compressed.
    private final @Nullable PacketEncoder encoder;

    private @Nullable PageBuffers buffers;
    private byte[] pages = new byte[0];

    /// Creates the channel and writes its hello, which is not flushed.
    MultifdOutput(WritableByteChannel channel, RamFormat format, int pageSize, MultifdHello hello)
            throws IOException {
        this.out = WireWriter.to(channel);
        this.pageSize = pageSize;
        this.room = MultifdPacket.PACKET_BYTES / pageSize;
        this.method =
                switch (format) {
                    case MULTIFD -> MultifdPacket.METHOD_NONE;
                    case MULTIFD_ZLIB -> MultifdPacket.METHOD_ZLIB;
                    case MULTIFD_ZSTD -> MultifdPacket.METHOD_ZSTD;
                    default -> throw new IllegalArgumentException(format + " has no channels");
                };
        this.encoder = PacketEncoder.of(method);
        hello.write(out);
    }

    /// The number of bytes written.
    long bytes() {
        return out.position();
    }

    /// Writes a packet, and flushes.
    ///
    /// @param offsets of the pages with data, then of the zero pages
    /// @param normal the number of pages with data
    /// @param data the pages with data, in an array that begins with them
    void packet(RamBlock block, long[] offsets, int normal, long number, byte[] data)
            throws IOException {
        int length = normal * pageSize;
        if (encoder == null || normal == 0) {
            header(0, block.name(), offsets, normal, length, number);
            out.bytes(data, 0, length);
            out.flush();
            return;
        }
        ByteBuffer payload = encoder.encode(data, length);
        header(0, block.name(), offsets, normal, payload.remaining(), number);
        out.reference(payload);
        out.flush();
    }

    /// Writes a packet with the pages from the memory of a block, and flushes.
    void packet(BlockMemory memory, long[] offsets, int normal, long number) throws IOException {
        if (encoder == null && memory.windows() != null) {
            header(0, memory.block().name(), offsets, normal, normal * pageSize, number);
            reference(memory.windows(), offsets, normal);
            out.flush();
        } else {
            if (pages.length == 0) {
                pages = new byte[MultifdPacket.PACKET_BYTES];
            }
            for (int i = 0; i < normal; i++) {
                memory.read(offsets[i], pages, i * pageSize, pageSize);
            }
            packet(memory.block(), offsets, normal, number, pages);
        }
    }

    /// References the pages, consecutive ones at once.
    private void reference(PageBuffers.Windows windows, long[] offsets, int normal)
            throws IOException {
        if (buffers == null) {
            buffers = new PageBuffers(WireWriter.REFERENCES);
        }
        for (int i = 0; i < normal; ) {
            int run = PageBuffers.run(offsets, i, normal, pageSize);
            out.reference(buffers.at(windows, offsets[i], run * pageSize));
            i += run;
        }
    }

    /// Writes a sync packet, and flushes.
    void sync(long number) throws IOException {
        header(MultifdPacket.SYNC, "", new long[0], 0, 0, number);
        out.flush();
    }

    private void header(
            int flags, String block, long[] offsets, int normal, int payload, long number)
            throws IOException {
        new MultifdPacket(flags | method, room, normal, payload, number, block, offsets).write(out);
    }

    @Override
    public void close() {
        if (encoder != null) {
            encoder.close();
        }
    }
}
