// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.library.OptionalLibrary;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// Decodes the packets of one channel, which share a single compressed stream.
///
/// The bytes of a packet must decode to exactly its pages.
sealed interface PacketDecoder extends AutoCloseable {
    /// Decodes the first `length` bytes of `bytes` into the first `count` bytes of `pages`.
    ///
    /// @param offset the offset in the channel of the packet's payload, for errors
    void decode(byte[] bytes, int length, byte[] pages, int count, long offset)
            throws CorruptException;

    RamStatistics.Encoding encoding();

    /// The method that is decoded.
    int method();

    @Override
    void close();

    /// Throws unless the packet decoded to `count` bytes and `more`, the number of further bytes,
    /// is 0.
    private static void check(int got, int count, int more, long offset) throws CorruptException {
        if (got < count) {
            throw new CorruptException(
                    "a packet of " + got + " bytes of pages instead of " + count, offset);
        }
        if (more > 0) {
            throw new CorruptException("a packet with more than its pages", offset);
        }
    }

    private static CorruptException wrong(Exception e, long offset) {
        CorruptException corrupt =
                new CorruptException("a wrong compressed packet: " + e.getMessage(), offset);
        corrupt.initCause(e);
        return corrupt;
    }

    /// Returns a decoder for a method of a [MultifdPacket].
    ///
    /// @param before the decoder of the channel so far, or null; all packets of a channel have the
    ///   same method
    /// @param offset the offset in the channel of the packet's payload, for errors
    static PacketDecoder of(int method, @Nullable PacketDecoder before, long offset)
            throws VMStateException {
        if (before != null && before.method() != method) {
            throw new CorruptException("two compression methods in one channel", offset);
        }
        if (before != null) {
            return before;
        }
        return switch (method) {
            case MultifdPacket.METHOD_ZLIB -> new Zlib();
            case MultifdPacket.METHOD_ZSTD -> zstd(offset);
            default ->
                    throw new UnsupportedException(
                            "multifd compression method " + (method >> 1), offset);
        };
    }

    /// Returns a decoder for zstd, whose library is an optional dependency.
    private static PacketDecoder zstd(long offset) throws UnsupportedException {
        try {
            return new Zstd();
        } catch (LinkageError e) {
            throw OptionalLibrary.ZSTD.missing(e, offset);
        }
    }

    /// zlib, flushed at the end of each packet.
    final class Zlib implements PacketDecoder {
        private final Inflater inflater = new Inflater();

        @Override
        public void decode(byte[] bytes, int length, byte[] pages, int count, long offset)
                throws CorruptException {
            inflater.setInput(bytes, 0, length);
            try {
                PacketDecoder.check(inflate(pages, count), count, inflate(new byte[1], 1), offset);
            } catch (DataFormatException e) {
                throw wrong(e, offset);
            }
        }

        private int inflate(byte[] target, int count) throws DataFormatException {
            int got = 0;
            int step = 1;
            while (got < count && step > 0) {
                step = inflater.inflate(target, got, count - got);
                got += step;
            }
            return got;
        }

        @Override
        public RamStatistics.Encoding encoding() {
            return RamStatistics.Encoding.MULTIFD_ZLIB;
        }

        @Override
        public int method() {
            return MultifdPacket.METHOD_ZLIB;
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
        private final ByteBuffer output = ByteBuffer.allocateDirect(MultifdPacket.PACKET_BYTES);

        @Override
        public void decode(byte[] bytes, int length, byte[] pages, int count, long offset)
                throws CorruptException {
            if (input.capacity() < length) {
                input = ByteBuffer.allocateDirect(length);
            }
            input.clear().put(bytes, 0, length).flip();
            try {
                int got = decompress(count);
                output.flip().get(pages, 0, got);
                PacketDecoder.check(got, count, decompress(1), offset);
            } catch (ZstdException e) {
                throw wrong(e, offset);
            }
        }

        private int decompress(int count) {
            output.clear().limit(count);
            while (output.hasRemaining()) {
                int before = output.position() - input.position();
                context.decompressDirectByteBufferStream(output, input);
                if (!input.hasRemaining() && output.position() - input.position() == before) {
                    break;
                }
            }
            return output.position();
        }

        @Override
        public RamStatistics.Encoding encoding() {
            return RamStatistics.Encoding.MULTIFD_ZSTD;
        }

        @Override
        public int method() {
            return MultifdPacket.METHOD_ZSTD;
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
