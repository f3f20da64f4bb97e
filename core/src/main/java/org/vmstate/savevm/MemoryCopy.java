// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamBlock;

/// A copy of a block of guest memory. Only pages that differ are copied.
final class MemoryCopy {
    private static final int PAGE_BYTES = 4096;

    /// The number of bytes that are read at once from memory without a segment.
    private static final int CHUNK_BYTES = 1 << 16;

    private final GuestMemory memory;
    private final RamBlock block;
    private final MemorySegment copy;

    /// The block itself; null if it is accessed by reading and writing.
    private final @Nullable MemorySegment segment;

    private byte[] chunk = new byte[0];

    /// Creates a copy that is all zeros.
    MemoryCopy(GuestMemory memory, RamBlock block) {
        this.memory = memory;
        this.block = block;
        this.copy = Arena.ofAuto().allocate(block.length(), PAGE_BYTES);
        this.segment = memory.segment(block, 0, block.length()).orElse(null);
    }

    /// Copies the block.
    void take() throws IOException {
        if (segment != null) {
            copy(segment, copy);
            return;
        }
        for (long at = 0; at < block.length(); at += CHUNK_BYTES) {
            int count = read(at);
            if (differs(at, count)) {
                MemorySegment.copy(chunk, 0, copy, ValueLayout.JAVA_BYTE, at, count);
            }
        }
    }

    /// Copies back into the block.
    void restore() throws IOException {
        if (segment != null) {
            copy(copy, segment);
            return;
        }
        for (long at = 0; at < block.length(); at += CHUNK_BYTES) {
            int count = read(at);
            if (differs(at, count)) {
                MemorySegment.copy(copy, ValueLayout.JAVA_BYTE, at, chunk, 0, count);
                memory.write(block, at, chunk, 0, count);
            }
        }
    }

    private static void copy(MemorySegment from, MemorySegment to) {
        long length = from.byteSize();
        long at = 0;
        while (at < length) {
            long differing = MemorySegment.mismatch(from, at, length, to, at, length);
            if (differing < 0) {
                return;
            }
            long page = (at + differing) / PAGE_BYTES * PAGE_BYTES;
            long count = Math.min(PAGE_BYTES, length - page);
            MemorySegment.copy(from, page, to, page, count);
            at = page + count;
        }
    }

    /// Reads a piece of the block into [#chunk]; returns its size.
    private int read(long at) throws IOException {
        int count = (int) Math.min(CHUNK_BYTES, block.length() - at);
        if (chunk.length == 0) {
            chunk = new byte[(int) Math.min(CHUNK_BYTES, block.length())];
        }
        memory.read(block, at, chunk, 0, count);
        return count;
    }

    private boolean differs(long at, int count) {
        return MemorySegment.mismatch(MemorySegment.ofArray(chunk), 0, count, copy, at, at + count)
                >= 0;
    }
}
