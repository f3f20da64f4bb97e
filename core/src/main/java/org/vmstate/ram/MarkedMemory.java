// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Optional;

/// Guest memory that marks the pages that are written to.
///
/// @param memory the memory itself
/// @param dirty the record of the pages
record MarkedMemory(GuestMemory memory, DirtyPages dirty) implements GuestMemory {
    @Override
    public Collection<RamBlock> blocks() {
        return memory.blocks();
    }

    @Override
    public void read(RamBlock block, long offset, byte[] target, int at, int count)
            throws IOException {
        memory.read(block, offset, target, at, count);
    }

    @Override
    public void write(RamBlock block, long offset, byte[] source, int at, int count)
            throws IOException {
        try {
            memory.write(block, offset, source, at, count);
        } finally {
            mark(block, offset, count);
        }
    }

    @Override
    public void zero(RamBlock block, long offset, long count) throws IOException {
        try {
            memory.zero(block, offset, count);
        } finally {
            mark(block, offset, count);
        }
    }

    /// Marks a range, also if the access to it failed: a part of it may have been written.
    private void mark(RamBlock block, long offset, long count) {
        long from = Math.max(0, offset);
        long end = Math.min(offset + count, block.length());
        if (from < end) {
            dirty.marks(block).mark(from, end - from);
        }
    }

    @Override
    public boolean isZero(RamBlock block, long offset, long count) throws IOException {
        return memory.isZero(block, offset, count);
    }

    @Override
    public long nextData(RamBlock block, long offset) throws IOException {
        return memory.nextData(block, offset);
    }

    @Override
    public long nextHole(RamBlock block, long offset) throws IOException {
        return memory.nextHole(block, offset);
    }

    @Override
    public Optional<MemorySegment> segment(RamBlock block, long offset, long count) {
        return memory.segment(block, offset, count);
    }

    @Override
    public Optional<RamBlock> find(String name) {
        return memory.find(name);
    }

    @Override
    public Optional<DirtyPages> dirtyPages() {
        return Optional.of(dirty);
    }
}
