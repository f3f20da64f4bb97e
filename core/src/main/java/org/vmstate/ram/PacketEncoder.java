// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;
import org.vmstate.internal.library.OptionalLibrary;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// Encodes the packets of one channel, which share a single compressed stream.
sealed interface PacketEncoder extends AutoCloseable {
    /// Encodes the first `length` bytes of `pages`; the result may share memory with `pages`.
    ByteBuffer encode(byte[] pages, int length) throws IOException;

    @Override
    void close();

    /// Returns an encoder for zstd, whose library is an optional dependency.
    static PacketEncoder zstd() throws UnsupportedException {
        try {
            return new Zstd();
        } catch (LinkageError e) {
            throw OptionalLibrary.ZSTD.missing(e, VMStateException.NO_OFFSET);
        }
    }

    /// An upper bound on the compressed size of `length` bytes.
    private static int room(int length) {
        return 2 * length + 1024;
    }

    /// No compression.
    record None() implements PacketEncoder {
        @Override
        public ByteBuffer encode(byte[] pages, int length) {
            return ByteBuffer.wrap(pages, 0, length);
        }

        @Override
        public void close() {}
    }

    /// zlib, flushed at the end of each packet.
    final class Zlib implements PacketEncoder {
        private final Deflater deflater = new Deflater(1);

        @Override
        public ByteBuffer encode(byte[] pages, int length) {
            deflater.setInput(pages, 0, length);
            byte[] packed = new byte[room(length)];
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

        @Override
        public ByteBuffer encode(byte[] pages, int length) throws IOException {
            ByteBuffer plain = ByteBuffer.allocateDirect(length).put(pages, 0, length).flip();
            ByteBuffer packed = ByteBuffer.allocateDirect(room(length));
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
