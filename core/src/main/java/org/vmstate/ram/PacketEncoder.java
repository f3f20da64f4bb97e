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

/// The encoder of one channel's packets: a single stream of pages that goes on over all of them.
sealed interface PacketEncoder extends AutoCloseable {
    /// Encodes the first `length` bytes of `pages`; the result may share their memory.
    ByteBuffer encode(byte[] pages, int length) throws IOException;

    @Override
    void close();

    /// An encoder for zstd, whose library is optional.
    static PacketEncoder zstd() throws UnsupportedException {
        try {
            return new Zstd();
        } catch (LinkageError e) {
            throw OptionalLibrary.ZSTD.missing(e, VMStateException.NO_OFFSET);
        }
    }

    /// A bound on the bytes that compressing `length` bytes gives.
    private static int room(int length) {
        return 2 * length + 1024;
    }

    /// Pages as they are.
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
