// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Guest memory in segments.
final class SegmentMemory implements GuestMemory {
    private final Map<RamBlock, MemorySegment> segments = new LinkedHashMap<>();

    SegmentMemory(SequencedMap<String, MemorySegment> segments) {
        segments.forEach(
                (name, segment) ->
                        this.segments.put(new RamBlock(name, segment.byteSize()), segment));
    }

    @Override
    public Collection<RamBlock> blocks() {
        return Collections.unmodifiableCollection(segments.keySet());
    }

    @Override
    public void read(RamBlock block, long offset, byte[] target, int at, int count) {
        MemorySegment.copy(of(block), ValueLayout.JAVA_BYTE, offset, target, at, count);
    }

    @Override
    public void write(RamBlock block, long offset, byte[] source, int at, int count) {
        MemorySegment.copy(source, at, of(block), ValueLayout.JAVA_BYTE, offset, count);
    }

    @Override
    public void zero(RamBlock block, long offset, long count) {
        MemorySegment range = of(block).asSlice(offset, count);
        // Memory that was never written stays unallocated.
        if (!Pages.isZero(range)) {
            range.fill((byte) 0);
        }
    }

    @Override
    public boolean isZero(RamBlock block, long offset, long count) {
        return Pages.isZero(of(block).asSlice(offset, count));
    }

    @Override
    public Optional<MemorySegment> segment(RamBlock block, long offset, long count) {
        return Optional.of(of(block).asSlice(offset, count));
    }

    private MemorySegment of(RamBlock block) {
        MemorySegment segment = segments.get(block);
        if (segment == null) {
            throw new IllegalArgumentException("no block " + block.name());
        }
        return segment;
    }
}
