// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// Buffers over pages of guest memory in native segments, which are used in turn.
///
/// A buffer is created once and then moved to other pages. A new one is only created when it comes
/// to be used for another [Window].
final class PageBuffers {
    private final ByteBuffer[] buffers;
    private final ByteBuffer[] windows;
    private int next;

    /// @param count the number of buffers
    PageBuffers(int count) {
        buffers = new ByteBuffer[count];
        windows = new ByteBuffer[count];
    }

    /// A block as buffers, each of which covers a part of it, since a buffer has less than 2 GiB.
    @SuppressWarnings("ArrayRecordComponent") // not compared
    record Windows(ByteBuffer[] parts) {
        /// The size of a part, a multiple of every page size.
        private static final int SHIFT = 30;

        private static final int MASK = (1 << SHIFT) - 1;

        static Windows of(MemorySegment segment) {
            ByteBuffer[] parts =
                    new ByteBuffer[Math.toIntExact(Math.ceilDiv(segment.byteSize(), 1L << SHIFT))];
            for (int i = 0; i < parts.length; i++) {
                long from = (long) i << SHIFT;
                long count = Math.min(segment.byteSize() - from, 1L << SHIFT);
                parts[i] = segment.asSlice(from, count).asByteBuffer();
            }
            return new Windows(parts);
        }

        /// The number of bytes from an offset to the end of its part.
        static int left(long offset) {
            return (1 << SHIFT) - ((int) offset & MASK);
        }
    }

    /// The number of pages from one on that are consecutive in one part of a block.
    ///
    /// @param offsets the offsets of pages
    /// @param first the index of the first page
    /// @param end the index after the last page
    static int run(long[] offsets, int first, int end, int pageSize) {
        long offset = offsets[first];
        int most = Math.min(end - first, Windows.left(offset) / pageSize);
        int run = 1;
        while (run < most && offsets[first + run] == offset + (long) run * pageSize) {
            run++;
        }
        return run;
    }

    /// Moves the next buffer to a range, which must lie in one part. The buffer is used again after
    /// as many calls as there are buffers.
    @SuppressWarnings("ReferenceEquality") // one buffer per part of a block
    ByteBuffer at(Windows block, long offset, int count) {
        ByteBuffer window = block.parts()[(int) (offset >>> Windows.SHIFT)];
        ByteBuffer buffer = buffers[next];
        if (window != windows[next]) {
            buffer = window.duplicate();
            buffers[next] = buffer;
            windows[next] = window;
        }
        next = next + 1 == buffers.length ? 0 : next + 1;
        int from = (int) offset & Windows.MASK;
        return buffer.limit(from + count).position(from);
    }
}
