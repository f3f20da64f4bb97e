// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.compiled;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.wire.BigEndian;

/// What compiled code does to structures in native memory that takes more than an instruction.
///
/// Arrays are moved between memory and the bytes of a stream as numbers of the wire's byte order on
/// one side and of their layout's on the other.
public final class NativeMemory {
    /// All memory there is: where pointers lead.
    @SuppressWarnings("restricted") // following the pointers of C is what this is for
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private NativeMemory() {}

    /// The pointer at an offset, as an address; 0 for a null pointer.
    public static long pointer(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.ADDRESS_UNALIGNED, offset).address();
    }

    /// The value of a lone field, or null.
    public static @Nullable Object object(FieldAccess access, Object state) {
        Object elements = access.elements(state);
        return elements == null ? null : access.object(elements, 0);
    }

    /// Replaces the value of a lone field, which is there.
    public static void replace(FieldAccess access, Object state, @Nullable Object value) {
        Object elements = access.elements(state);
        if (elements == null) {
            throw new StateFault("a value that is not there cannot be replaced");
        }
        access.object(elements, 0, value);
    }

    /// Puts `count` numbers of memory, from an offset on, into bytes.
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

    /// Puts `count` numbers of memory, from an offset on, into bytes.
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

    /// Puts `count` numbers of memory, from an offset on, into bytes.
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

    /// Gets `count` numbers from bytes into memory, from an offset on.
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

    /// Gets `count` numbers from bytes into memory, from an offset on.
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

    /// Gets `count` numbers from bytes into memory, from an offset on.
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
