// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.wire.BigEndian;

/// Runtime routines of compiled code for structures in native memory.
///
/// Arrays are copied between memory and the bytes of a stream number by number, converting between
/// the byte order of the layout and that of the wire.
public final class NativeMemory {
    /// All memory of the process, to dereference pointers in.
    @SuppressWarnings("restricted") // this class has to dereference C pointers
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {}

    /// Returns the pointer at an offset as an address; 0 for a null pointer.
    public static long pointer(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.ADDRESS_UNALIGNED, offset).address();
    }

    /// Returns the value of a field that is not an array, or null.
    public static @Nullable Object object(FieldAccess access, Object state) {
        Object elements = access.elements(state);
        return elements == null ? null : access.object(elements, 0);
    }

    /// Replaces the value of a field that is not an array; the value must exist.
    public static void replace(FieldAccess access, Object state, @Nullable Object value) {
        Object elements = access.elements(state);
        if (elements == null) {
            throw new StateFault("a value that is not there cannot be replaced");
        }
        access.object(elements, 0, value);
    }

    /// Copies `count` numbers from memory, starting at an offset, into bytes.
    public static void put(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfShort layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            short value = memory.get(layout, offset + (long) i * Short.BYTES);
            BigEndian.put(bytes, at + i * Short.BYTES, value);
        }
    }

    /// Copies `count` numbers from memory, starting at an offset, into bytes.
    public static void put(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfInt layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            int value = memory.get(layout, offset + (long) i * Integer.BYTES);
            BigEndian.put(bytes, at + i * Integer.BYTES, value);
        }
    }

    /// Copies `count` numbers from memory, starting at an offset, into bytes.
    public static void put(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfLong layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            long value = memory.get(layout, offset + (long) i * Long.BYTES);
            BigEndian.put(bytes, at + i * Long.BYTES, value);
        }
    }

    /// Copies `count` numbers from bytes into memory, starting at an offset.
    public static void get(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfShort layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            short value = BigEndian.int16(bytes, at + i * Short.BYTES);
            memory.set(layout, offset + (long) i * Short.BYTES, value);
        }
    }

    /// Copies `count` numbers from bytes into memory, starting at an offset.
    public static void get(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfInt layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            int value = BigEndian.int32(bytes, at + i * Integer.BYTES);
            memory.set(layout, offset + (long) i * Integer.BYTES, value);
        }
    }

    /// Copies `count` numbers from bytes into memory, starting at an offset.
    public static void get(
            byte[] bytes,
            int at,
            MemorySegment memory,
            ValueLayout.OfLong layout,
            long offset,
            int count) {
        for (int i = 0; i < count; i++) {
            long value = BigEndian.int64(bytes, at + i * Long.BYTES);
            memory.set(layout, offset + (long) i * Long.BYTES, value);
        }
    }
}
