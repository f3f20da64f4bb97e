// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;

/// The decoder of one channel's compressed packets: a single stream of pages that goes on over all
/// of them.
///
/// A packet's bytes must give its pages, no more and no less.
sealed interface PacketDecoder extends AutoCloseable {
    /// Takes the bytes of a packet, which begin at `offset` of the channel.
    void begin(byte[] bytes, int length, long offset);

    /// Decodes the next page into the beginning of an array.
    void decode(byte[] page, int pageSize) throws CorruptException;

    /// Throws unless the packet's bytes are used up.
    void end() throws CorruptException;

    RamStatistics.Encoding encoding();

    @Override
    void close();

    /// A decoder for zstd, whose library is optional.
    static PacketDecoder zstd(long offset) throws UnsupportedException {
        try {
            return new Zstd();
        } catch (LinkageError e) {
            throw new UnsupportedException(
                    "zstd needs zstd-jni on the class path: " + e.getMessage(), offset);
        }
    }

    /// zlib, flushed at the end of each packet.
    final class Zlib implements PacketDecoder {
        private final Inflater inflater = new Inflater();
        private long offset;

        @Override
        public void begin(byte[] bytes, int length, long at) {
            inflater.setInput(bytes, 0, length);
            offset = at;
        }

        @Override
        public void decode(byte[] page, int pageSize) throws CorruptException {
            int got = inflate(page, pageSize);
            if (got < pageSize) {
                throw new CorruptException("a packet's zlib stream ends inside a page", offset);
            }
        }

        @Override
        public void end() throws CorruptException {
            if (inflate(new byte[1], 1) > 0) {
                throw new CorruptException(
                        "a packet's zlib stream has more than its pages", offset);
            }
        }

        private int inflate(byte[] target, int count) throws CorruptException {
            int got = 0;
            try {
                while (got < count) {
                    int step = inflater.inflate(target, got, count - got);
                    if (step == 0) {
                        break;
                    }
                    got += step;
                }
            } catch (DataFormatException e) {
                CorruptException corrupt =
                        new CorruptException("a wrong zlib stream: " + e.getMessage(), offset);
                corrupt.initCause(e);
                throw corrupt;
            }
            return got;
        }

        @Override
        public RamStatistics.Encoding encoding() {
            return RamStatistics.Encoding.MULTIFD_ZLIB;
        }

        @Override
        public void close() {
            inflater.end();
        }
    }

    /// zstd, flushed at the end of each packet.
    final class Zstd implements PacketDecoder {
        private final ZstdDecompressCtx context = new ZstdDecompressCtx();
        private ByteBuffer input = ByteBuffer.allocateDirect(0);
        private final ByteBuffer output = ByteBuffer.allocateDirect(RamContext.MAX_PAGE_SIZE);
        private long offset;

        @Override
        public void begin(byte[] bytes, int length, long at) {
            if (input.capacity() < length) {
                input = ByteBuffer.allocateDirect(length);
            }
            input.clear().put(bytes, 0, length).flip();
            offset = at;
        }

        @Override
        public void decode(byte[] page, int pageSize) throws CorruptException {
            if (decompress(pageSize) < pageSize) {
                throw new CorruptException("a packet's zstd stream ends inside a page", offset);
            }
            output.flip().get(page, 0, pageSize);
        }

        @Override
        public void end() throws CorruptException {
            if (decompress(1) > 0) {
                throw new CorruptException(
                        "a packet's zstd stream has more than its pages", offset);
            }
        }

        private int decompress(int count) throws CorruptException {
            output.clear().limit(count);
            try {
                while (output.hasRemaining()) {
                    int before = output.position() - input.position();
                    context.decompressDirectByteBufferStream(output, input);
                    if (!input.hasRemaining() && output.position() - input.position() == before) {
                        break;
                    }
                }
            } catch (ZstdException e) {
                CorruptException corrupt =
                        new CorruptException("a wrong zstd stream: " + e.getMessage(), offset);
                corrupt.initCause(e);
                throw corrupt;
            }
            return output.position();
        }

        @Override
        public RamStatistics.Encoding encoding() {
            return RamStatistics.Encoding.MULTIFD_ZSTD;
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
