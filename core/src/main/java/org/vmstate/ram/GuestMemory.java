// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The memory of a guest, by block and offset.
///
/// An emulator implements this interface, or uses [#of] for memory in segments (native memory, a
/// mapped file, `byte[]`). A [RamImage] is the memory of a guest in a stream.
///
/// Ranges must lie in their block; others are an `IndexOutOfBoundsException`. A block that is not
/// one of [#blocks()] is an `IllegalArgumentException`. Whether several threads may use one memory
/// is up to the implementation; while a machine is saved or loaded, only the thread that does it
/// uses the memory.
public interface GuestMemory {
    /// Returns the blocks in the order in which they are saved. The order and the blocks do not
    /// change.
    Collection<RamBlock> blocks();

    /// Copies `count` bytes of a block into an array.
    void read(RamBlock block, long offset, byte[] target, int at, int count) throws IOException;

    /// Copies `count` bytes from an array into a block.
    void write(RamBlock block, long offset, byte[] source, int at, int count) throws IOException;

    /// Sets `count` bytes of a block to zero.
    void zero(RamBlock block, long offset, long count) throws IOException;

    /// Returns whether a range contains only zeros. An implementation that would have to read the
    /// range may return false instead.
    boolean isZero(RamBlock block, long offset, long count) throws IOException;

    /// Returns the offset, a multiple of 4096, of the first 4 KiB at or after `offset` that may
    /// contain data, or -1 if the rest of the block is zero.
    default long nextData(RamBlock block, long offset) throws IOException {
        long at = Math.ceilDiv(offset, PageMap.GRANULE) * PageMap.GRANULE;
        while (at < block.length()) {
            long count = Math.min(PageMap.GRANULE, block.length() - at);
            if (!isZero(block, at, count)) {
                return at;
            }
            at += count;
        }
        return -1;
    }

    /// Returns the offset of the first 4 KiB at or after `offset` that contain only zeros, at most
    /// the block's length.
    default long nextHole(RamBlock block, long offset) throws IOException {
        long at = offset / PageMap.GRANULE * PageMap.GRANULE;
        while (at < block.length()) {
            long count = Math.min(PageMap.GRANULE, block.length() - at);
            if (isZero(block, at, count)) {
                return at;
            }
            at += count;
        }
        return block.length();
    }

    /// Returns a range of a block as a segment that shares the block's memory, if the
    /// implementation has one. An interpreter accesses guest memory through it. If the memory has
    /// [#dirtyPages()], whoever writes through a segment marks the pages.
    default Optional<MemorySegment> segment(RamBlock block, long offset, long count) {
        return Optional.empty();
    }

    /// Returns a whole block as a segment that shares its memory.
    ///
    /// @throws IllegalArgumentException if there is no block of the name
    /// @throws UnsupportedOperationException if the memory is not in segments
    default MemorySegment segment(String name) {
        RamBlock block =
                find(name).orElseThrow(() -> new IllegalArgumentException("no block " + name));
        return segment(block, 0, block.length())
                .orElseThrow(
                        () ->
                                new UnsupportedOperationException(
                                        "block " + name + " has no segment"));
    }

    /// Returns the record of the pages that were written to, if this memory has one. Without it,
    /// memory is compared to find out what changed.
    default Optional<DirtyPages> dirtyPages() {
        return Optional.empty();
    }

    /// Returns this memory with a record of the pages that are written to: [#write] and [#zero]
    /// mark them, and so must whoever writes through a [segment][#segment(String)]. Snapshots then
    /// copy these pages, and compare none. Memory that has such a record already is returned as it
    /// is.
    default GuestMemory withDirtyPages() {
        return dirtyPages().isPresent() ? this : new MarkedMemory(this, new DirtyPages(blocks()));
    }

    /// Returns the block of a name.
    default Optional<RamBlock> find(String name) {
        return blocks().stream().filter(block -> block.name().equals(name)).findFirst();
    }

    /// Returns the memory that consists of segments; the key is the name of the block.
    static GuestMemory of(SequencedMap<String, MemorySegment> segments) {
        return new SegmentMemory(segments);
    }

    /// Allocates memory in an arena, filled with zeros. The values are lengths in bytes; the order
    /// of the blocks is that of the map.
    static GuestMemory allocate(Arena arena, Map<String, Long> lengths) {
        SequencedMap<String, MemorySegment> segments = new LinkedHashMap<>();
        lengths.forEach(
                (name, length) -> segments.put(name, arena.allocate(length, PageMap.GRANULE)));
        return new SegmentMemory(segments);
    }
}
