// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;

/// The computer's memory, in little-endian byte order. Offsets count from its first byte.
///
/// It is an array that the machine saves and loads in place. Each write marks its page, so that a
/// snapshot copies the pages that changed and compares none.
final class Ram {
    private static final VarHandle HALF =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final GuestMemory memory;
    private final DirtyPages.Marks marks;

    /// Creates memory that is all zeros.
    Ram(int size) {
        this.bytes = new byte[size];
        this.memory =
                GuestMemory.of(new LinkedHashMap<>(Map.of("ram", MemorySegment.ofArray(bytes))))
                        .withDirtyPages();
        this.marks = memory.dirtyPages().orElseThrow().marks(memory.find("ram").orElseThrow());
    }

    /// The memory as the machine sees it.
    GuestMemory memory() {
        return memory;
    }

    /// Whether a range is in the memory.
    boolean contains(int offset, int count) {
        return Integer.compareUnsigned(count, bytes.length) <= 0
                && Integer.compareUnsigned(offset, bytes.length - count) <= 0;
    }

    byte getByte(int offset) {
        return bytes[offset];
    }

    short getHalf(int offset) {
        return (short) HALF.get(bytes, offset);
    }

    int getWord(int offset) {
        return (int) WORD.get(bytes, offset);
    }

    void putByte(int offset, byte value) {
        bytes[offset] = value;
        marks.mark(offset, Byte.BYTES);
    }

    void putHalf(int offset, short value) {
        HALF.set(bytes, offset, value);
        marks.mark(offset, Short.BYTES);
    }

    void putWord(int offset, int value) {
        WORD.set(bytes, offset, value);
        marks.mark(offset, Integer.BYTES);
    }

    /// Copies a range.
    void copy(int source, int target, int count) {
        System.arraycopy(bytes, source, bytes, target, count);
        if (count > 0) {
            marks.mark(target, count);
        }
    }
}
