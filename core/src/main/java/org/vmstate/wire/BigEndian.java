// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Big-endian numbers in an array of bytes, one at a time or many.
///
/// An index is that of the first byte. Access outside of an array throws
/// `IndexOutOfBoundsException`; a call for many numbers may have moved some of them by then.
public final class BigEndian {
    private static final VarHandle U16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private BigEndian() {}

    /// The 16-bit number at an index.
    public static short int16(byte[] bytes, int at) {
        return (short) U16.get(bytes, at);
    }

    /// The 32-bit number at an index.
    public static int int32(byte[] bytes, int at) {
        return (int) U32.get(bytes, at);
    }

    /// The 64-bit number at an index.
    public static long int64(byte[] bytes, int at) {
        return (long) U64.get(bytes, at);
    }

    /// Puts a 16-bit number at an index.
    public static void put(byte[] bytes, int at, short value) {
        U16.set(bytes, at, value);
    }

    /// Puts a 32-bit number at an index.
    public static void put(byte[] bytes, int at, int value) {
        U32.set(bytes, at, value);
    }

    /// Puts a 64-bit number at an index.
    public static void put(byte[] bytes, int at, long value) {
        U64.set(bytes, at, value);
    }

    /// Puts `count` numbers, from `values[first]` on, one after the other.
    public static void put(byte[] bytes, int at, short[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U16.set(bytes, at + i * Short.BYTES, values[first + i]);
        }
    }

    /// Puts `count` numbers, from `values[first]` on, one after the other.
    public static void put(byte[] bytes, int at, int[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U32.set(bytes, at + i * Integer.BYTES, values[first + i]);
        }
    }

    /// Puts `count` numbers, from `values[first]` on, one after the other.
    public static void put(byte[] bytes, int at, long[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U64.set(bytes, at + i * Long.BYTES, values[first + i]);
        }
    }

    /// Gets `count` numbers one after the other, to `values[first]` and on.
    public static void get(byte[] bytes, int at, short[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (short) U16.get(bytes, at + i * Short.BYTES);
        }
    }

    /// Gets `count` numbers one after the other, to `values[first]` and on.
    public static void get(byte[] bytes, int at, int[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (int) U32.get(bytes, at + i * Integer.BYTES);
        }
    }

    /// Gets `count` numbers one after the other, to `values[first]` and on.
    public static void get(byte[] bytes, int at, long[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (long) U64.get(bytes, at + i * Long.BYTES);
        }
    }
}
