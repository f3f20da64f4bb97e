// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamBlock;

/// A copy of guest memory. Only pages that changed are copied: those that were marked since the
/// last time, or, if the memory has no [DirtyPages], those that differ.
final class MemoryCopy {
    private static final int PAGE_BYTES = DirtyPages.PAGE_BYTES;

    /// The number of bytes that are read at once from memory without a segment.
    private static final int CHUNK_BYTES = 1 << 16;

    private final GuestMemory memory;
    private final List<Block> blocks = new ArrayList<>();
    private final @Nullable DirtyPages dirty;

    /// The first period of which the copy does not contain the changes; 0 if there is no copy yet.
    private long period;

    private byte[] chunk = new byte[0];

    /// A block, its copy, and the block as a segment if it has one.
    private record Block(RamBlock block, MemorySegment copy, @Nullable MemorySegment segment) {}

    /// Creates a copy that is all zeros.
    MemoryCopy(GuestMemory memory) {
        this.memory = memory;
        this.dirty = memory.dirtyPages().orElse(null);
        for (RamBlock block : memory.blocks()) {
            blocks.add(
                    new Block(
                            block,
                            Arena.ofAuto().allocate(block.length(), PAGE_BYTES),
                            memory.segment(block, 0, block.length()).orElse(null)));
        }
    }

    /// Copies the memory.
    void take() throws IOException {
        long next = dirty == null ? 0 : dirty.sync();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (dirty != null && period != 0) {
                takeMarked(block, dirty);
            } else if (block.segment != null) {
                copyDiffering(block.segment, block.copy);
            } else {
                takeDiffering(block);
            }
        }
        period = next;
    }

    /// Copies back into the memory.
    void restore() throws IOException {
        if (dirty != null) {
            dirty.sync();
        }
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (dirty != null) {
                restoreMarked(block, dirty);
            } else if (block.segment != null) {
                copyDiffering(block.copy, block.segment);
            } else {
                restoreDiffering(block);
            }
        }
        if (dirty != null) {
            period = dirty.sync();
        }
    }

    private void takeMarked(Block block, DirtyPages pages) throws IOException {
        long at = pages.nextDirty(block.block, 0, period);
        while (at >= 0) {
            int count = (int) Math.min(PAGE_BYTES, block.block.length() - at);
            if (block.segment != null) {
                MemorySegment.copy(block.segment, at, block.copy, at, count);
            } else {
                read(block, at, count);
                MemorySegment.copy(chunk, 0, block.copy, ValueLayout.JAVA_BYTE, at, count);
            }
            at = pages.nextDirty(block.block, at + PAGE_BYTES, period);
        }
    }

    /// Copies the marked pages back, which are changed again for other copies.
    private void restoreMarked(Block block, DirtyPages pages) throws IOException {
        DirtyPages.Marks marks = pages.marks(block.block);
        long at = pages.nextDirty(block.block, 0, period);
        while (at >= 0) {
            int count = (int) Math.min(PAGE_BYTES, block.block.length() - at);
            if (block.segment != null) {
                marks.mark(at, count); // first, since a mapped page may not be writable
                MemorySegment.copy(block.copy, at, block.segment, at, count);
            } else {
                write(block, at, count);
            }
            at = pages.nextDirty(block.block, at + PAGE_BYTES, period);
        }
    }

    private void takeDiffering(Block block) throws IOException {
        long length = block.block.length();
        for (long at = 0; at < length; at += CHUNK_BYTES) {
            int count = (int) Math.min(CHUNK_BYTES, length - at);
            if (differs(block, at, count)) {
                MemorySegment.copy(chunk, 0, block.copy, ValueLayout.JAVA_BYTE, at, count);
            }
        }
    }

    private void restoreDiffering(Block block) throws IOException {
        long length = block.block.length();
        for (long at = 0; at < length; at += CHUNK_BYTES) {
            int count = (int) Math.min(CHUNK_BYTES, length - at);
            if (differs(block, at, count)) {
                write(block, at, count);
            }
        }
    }

    private static void copyDiffering(MemorySegment from, MemorySegment to) {
        long length = from.byteSize();
        long at = 0;
        while (at < length) {
            long differing = MappedComparison.mismatch(from, at, to, at, length - at);
            if (differing < 0) {
                return;
            }
            long page = (at + differing) / PAGE_BYTES * PAGE_BYTES;
            long count = Math.min(PAGE_BYTES, length - page);
            MemorySegment.copy(from, page, to, page, count);
            at = page + count;
        }
    }

    /// Reads a piece of a block into [#chunk]; returns whether it differs from the copy.
    private boolean differs(Block block, long at, int count) throws IOException {
        read(block, at, count);
        return MappedComparison.mismatch(MemorySegment.ofArray(chunk), 0, block.copy, at, count)
                >= 0;
    }

    private void read(Block block, long at, int count) throws IOException {
        memory.read(block.block, at, chunk(), 0, count);
    }

    private void write(Block block, long at, int count) throws IOException {
        MemorySegment.copy(block.copy, ValueLayout.JAVA_BYTE, at, chunk(), 0, count);
        memory.write(block.block, at, chunk(), 0, count);
    }

    private byte[] chunk() {
        if (chunk.length == 0) {
            chunk = new byte[CHUNK_BYTES];
        }
        return chunk;
    }
}
