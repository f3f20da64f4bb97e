// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;

/// The source of the bytes in a [WireReader]'s window.
sealed interface WireSource {
    /// The size of a source whose size is unknown.
    long UNKNOWN_SIZE = -1;

    /// Reads up to `length` bytes at `position` into `target`; returns their number, or -1 at the
    /// end.
    int read(long position, byte[] target, int offset, int length) throws IOException;

    /// The number of bytes, or [#UNKNOWN_SIZE].
    long size();

    /// Whether bytes can be read from any position, more than once.
    boolean seekable();

    /// Whether the source's memory may still be used. Other sources throw when they are read.
    default boolean isOpen() {
        return true;
    }

    /// Memory of any size, which can be read from any position: a mapped file, an array or native
    /// memory.
    record Memory(MemorySegment segment) implements WireSource {
        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            long left = segment.byteSize() - position;
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(left, length);
            try {
                segment.asSlice(position, count).asByteBuffer().get(target, offset, count);
            } catch (InternalError e) {
                throw MappedFile.fault(e);
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return segment.scope().isAlive();
        }

        @Override
        public long size() {
            return segment.byteSize();
        }

        @Override
        public boolean seekable() {
            return true;
        }
    }

    /// A range source of the caller, which can be read from any position.
    record Ranges(RangeSource source) implements WireSource {
        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            int count;
            try {
                count = source.read(position, ByteBuffer.wrap(target, offset, length));
            } catch (InternalError e) { // of an image in a mapped file
                throw MappedFile.fault(e);
            }
            if (count == 0 || count > length) {
                throw new IOException("the source read " + count + " of " + length + " bytes");
            }
            return count;
        }

        @Override
        public long size() {
            return source.size().orElse(UNKNOWN_SIZE);
        }

        @Override
        public boolean seekable() {
            return true;
        }
    }

    /// A channel or pipe, read once from its beginning to its end, through a buffer that is small
    /// enough to stay in the processor's cache.
    final class Channel implements WireSource {
        private static final int BUFFER_BYTES = 1 << 17;

        private final ReadableByteChannel channel;

        /// The bytes that were read from the channel; allocated for the first ones.
        private @Nullable ByteBuffer buffer;

        private MemorySegment memory = MemorySegment.NULL;

        Channel(ReadableByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            if (!buffers(1)) {
                return -1;
            }
            ByteBuffer bytes = buffer();
            int count = Math.min(length, bytes.remaining());
            bytes.get(target, offset, count);
            return count;
        }

        /// Reads until at least `count` bytes are in the buffer, at most 64 KiB; returns false if
        /// the channel ends before.
        boolean buffers(int count) throws IOException {
            ByteBuffer bytes = buffer();
            if (bytes.remaining() >= count) {
                return true;
            }
            bytes.compact();
            try {
                while (bytes.position() < count) {
                    if (channel.read(bytes) < 0) {
                        return false;
                    }
                }
                return true;
            } finally {
                bytes.flip();
            }
        }

        /// The number of bytes in the buffer.
        int buffered() {
            return buffer().remaining();
        }

        /// The memory of the buffer.
        MemorySegment memory() {
            return memory;
        }

        /// Takes bytes out of the buffer; returns the place of the first in its memory.
        int take(int count) {
            ByteBuffer bytes = buffer();
            int at = bytes.position();
            bytes.position(at + count);
            return at;
        }

        private ByteBuffer buffer() {
            ByteBuffer bytes = buffer;
            if (bytes == null) {
                bytes = ByteBuffer.allocateDirect(BUFFER_BYTES);
                memory = MemorySegment.ofBuffer(bytes);
                bytes.limit(0);
                buffer = bytes;
            }
            return bytes;
        }

        @Override
        public long size() {
            return UNKNOWN_SIZE;
        }

        @Override
        public boolean seekable() {
            return false;
        }
    }
}
