// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// The memory of a block.
///
/// Memory that is not in a segment is used by one thread at a time.
///
/// @param segment the memory, or null if it is not in a segment
/// @param windows the same as buffers, or null if it is not native
/// @param marks the record of the pages that are written to, or null if there is none
/// @param present the record of the pages that have arrived, or null if there is none
record BlockMemory(
        GuestMemory memory,
        RamBlock block,
        @Nullable MemorySegment segment,
        PageBuffers.@Nullable Windows windows,
        DirtyPages.@Nullable Marks marks,
        PresentPages.@Nullable Pages present) {
    /// A thread that may not access confined memory; it is never started.
    private static final Thread OTHER = Thread.ofPlatform().unstarted(() -> {});

    static BlockMemory of(GuestMemory memory, RamBlock block) {
        MemorySegment segment = memory.segment(block, 0, block.length()).orElse(null);
        return new BlockMemory(
                memory,
                block,
                segment,
                segment != null && segment.isNative() ? PageBuffers.Windows.of(segment) : null,
                memory.dirtyPages().map(dirty -> dirty.marks(block)).orElse(null),
                null);
    }

    /// The same memory with a record of the pages that have arrived.
    BlockMemory with(PresentPages pages) {
        return new BlockMemory(memory, block, segment, windows, marks, pages.pages(block));
    }

    /// Whether any thread may access the memory.
    boolean isShared() {
        return segment != null && segment.isAccessibleBy(OTHER);
    }

    /// Copies `count` bytes into an array.
    void read(long offset, byte[] target, int at, int count) throws IOException {
        if (segment != null) {
            MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, target, at, count);
        } else {
            synchronized (memory) {
                memory.read(block, offset, target, at, count);
            }
        }
    }

    /// Copies `count` bytes from an array. The caller enters the arrival.
    void write(long offset, byte[] source, int at, int count) throws IOException {
        if (segment != null) {
            mark(offset, count);
            MemorySegment.copy(source, at, segment, ValueLayout.JAVA_BYTE, offset, count);
        } else {
            synchronized (memory) {
                memory.write(block, offset, source, at, count);
            }
        }
    }

    /// Sets `count` bytes to zero. Memory that was never written stays unallocated. The caller
    /// enters the arrival.
    void zero(long offset, int count) throws IOException {
        if (segment == null) {
            synchronized (memory) {
                memory.zero(block, offset, count);
            }
        } else if (!Pages.isZero(segment, offset, count)) {
            mark(offset, count);
            segment.asSlice(offset, count).fill((byte) 0);
        }
    }

    /// Enters pages that were written.
    void arrive(long offset, long count) {
        if (present != null) {
            present.arrive(offset, count);
        }
    }

    /// Marks pages before they are written through the segment, since a part of them remains if
    /// reading fails.
    void mark(long offset, long count) {
        if (marks != null) {
            marks.mark(offset, count);
        }
    }
}
