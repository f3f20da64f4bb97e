// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.library.OptionalLibrary;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// Encodes the packets of one channel, which share a single compressed stream.
sealed interface PacketEncoder extends AutoCloseable {
    /// Encodes the first `length` bytes of `pages`; the result is valid until the next call.
    ByteBuffer encode(byte[] pages, int length) throws IOException;

    @Override
    void close();

    /// Returns an encoder for a method of [MultifdPacket], or null if that does not compress.
    static @Nullable PacketEncoder of(int method) throws UnsupportedException {
        return switch (method) {
            case MultifdPacket.METHOD_ZLIB -> new Zlib();
            case MultifdPacket.METHOD_ZSTD -> zstd();
            default -> null;
        };
    }

    /// Returns an encoder for zstd, whose library is an optional dependency.
    private static PacketEncoder zstd() throws UnsupportedException {
        try {
            return new Zstd();
        } catch (LinkageError e) {
            throw OptionalLibrary.ZSTD.missing(e, VMStateException.NO_OFFSET);
        }
    }

    /// An upper bound on the compressed size of the pages of a packet.
    int ROOM = 2 * MultifdPacket.PACKET_BYTES + 1024;

    /// zlib, flushed at the end of each packet.
    final class Zlib implements PacketEncoder {
        private final Deflater deflater = new Deflater(1);
        private final byte[] packed = new byte[ROOM];

        @Override
        public ByteBuffer encode(byte[] pages, int length) {
            deflater.setInput(pages, 0, length);
            return ByteBuffer.wrap(
                    packed, 0, deflater.deflate(packed, 0, packed.length, Deflater.SYNC_FLUSH));
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    /// zstd, flushed at the end of each packet.
    final class Zstd implements PacketEncoder {
        private final ZstdCompressCtx context = new ZstdCompressCtx();
        private final ByteBuffer plain = ByteBuffer.allocateDirect(MultifdPacket.PACKET_BYTES);
        private final ByteBuffer packed = ByteBuffer.allocateDirect(ROOM);

        @Override
        public ByteBuffer encode(byte[] pages, int length) throws IOException {
            plain.clear().put(pages, 0, length).flip();
            packed.clear();
            if (!context.compressDirectByteBufferStream(packed, plain, EndDirective.FLUSH)) {
                throw new IOException("zstd did not take a packet at once");
            }
            return packed.flip();
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
