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
/// Each write marks its page, and each access checks that the page is present, as it would be while
/// the rest of a running machine arrives.
final class Ram {
    private static final VarHandle HALF =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] bytes;
    private final GuestMemory memory;
    private final DirtyPages.Marks marks;

    /// 1 for each page that has not arrived.
    private final byte[] missing;

    /// Creates memory that is all zeros.
    Ram(int size) {
        this.bytes = new byte[size];
        this.missing = new byte[size / DirtyPages.PAGE_BYTES];
        this.memory =
                GuestMemory.of(new LinkedHashMap<>(Map.of("ram", MemorySegment.ofArray(bytes))))
                        .withDirtyPages();
        this.marks = memory.dirtyPages().orElseThrow().marks(memory.find("ram").orElseThrow());
    }

    private void check(int offset) {
        if (missing[offset >>> 12] != 0) {
            throw new IllegalStateException("page 0x" + Integer.toHexString(offset));
        }
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
        check(offset);
        return bytes[offset];
    }

    short getHalf(int offset) {
        check(offset);
        return (short) HALF.get(bytes, offset);
    }

    int getWord(int offset) {
        check(offset);
        return (int) WORD.get(bytes, offset);
    }

    void putByte(int offset, byte value) {
        check(offset);
        bytes[offset] = value;
        marks.mark(offset, Byte.BYTES);
    }

    void putHalf(int offset, short value) {
        check(offset);
        HALF.set(bytes, offset, value);
        marks.mark(offset, Short.BYTES);
    }

    void putWord(int offset, int value) {
        check(offset);
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
