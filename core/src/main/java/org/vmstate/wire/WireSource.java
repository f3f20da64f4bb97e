// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
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

    /// A channel or pipe, read once from its beginning to its end.
    record Channel(ReadableByteChannel channel) implements WireSource {
        @Override
        public int read(long position, byte[] target, int offset, int length) throws IOException {
            return channel.read(ByteBuffer.wrap(target, offset, length));
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
