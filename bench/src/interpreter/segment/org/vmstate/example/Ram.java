// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;

/// The computer's memory, in little-endian byte order. Offsets count from its first byte.
///
/// In a segment outside of the heap.
final class Ram {
    private static final ValueLayout.OfShort HALF =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt WORD =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final GuestMemory memory;
    private final DirtyPages.Marks marks;

    /// Creates memory that is all zeros.
    Ram(int size) {
        this.memory =
                GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", (long) size)).withDirtyPages();
        this.bytes = memory.segment("ram");
        this.marks = memory.dirtyPages().orElseThrow().marks(memory.find("ram").orElseThrow());
    }

    /// The memory as the machine sees it.
    GuestMemory memory() {
        return memory;
    }

    /// Whether a range is in the memory.
    boolean contains(int offset, int count) {
        return Integer.compareUnsigned(count, (int) bytes.byteSize()) <= 0
                && Integer.compareUnsigned(offset, (int) bytes.byteSize() - count) <= 0;
    }

    byte getByte(int offset) {
        return bytes.get(ValueLayout.JAVA_BYTE, offset);
    }

    short getHalf(int offset) {
        return bytes.get(HALF, offset);
    }

    int getWord(int offset) {
        return bytes.get(WORD, offset);
    }

    void putByte(int offset, byte value) {
        bytes.set(ValueLayout.JAVA_BYTE, offset, value);
        marks.mark(offset, Byte.BYTES);
    }

    void putHalf(int offset, short value) {
        bytes.set(HALF, offset, value);
        marks.mark(offset, Short.BYTES);
    }

    void putWord(int offset, int value) {
        bytes.set(WORD, offset, value);
        marks.mark(offset, Integer.BYTES);
    }

    /// Copies a range.
    void copy(int source, int target, int count) {
        MemorySegment.copy(bytes, source, bytes, target, count);
        if (count > 0) {
            marks.mark(target, count);
        }
    }
}
