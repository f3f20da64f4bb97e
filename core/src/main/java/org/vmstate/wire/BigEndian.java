// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Reads and writes single or multiple big-endian numbers in byte arrays.
///
/// An index is that of a number's first byte. Access outside an array throws
/// `IndexOutOfBoundsException`; a method for multiple numbers may then have copied some of them.
public final class BigEndian {
    private static final VarHandle U16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private BigEndian() {}

    /// Returns the 16-bit number at an index.
    public static short int16(byte[] bytes, int at) {
        return (short) U16.get(bytes, at);
    }

    /// Returns the 32-bit number at an index.
    public static int int32(byte[] bytes, int at) {
        return (int) U32.get(bytes, at);
    }

    /// Returns the 64-bit number at an index.
    public static long int64(byte[] bytes, int at) {
        return (long) U64.get(bytes, at);
    }

    /// Writes a 16-bit number at an index.
    public static void put(byte[] bytes, int at, short value) {
        U16.set(bytes, at, value);
    }

    /// Writes a 32-bit number at an index.
    public static void put(byte[] bytes, int at, int value) {
        U32.set(bytes, at, value);
    }

    /// Writes a 64-bit number at an index.
    public static void put(byte[] bytes, int at, long value) {
        U64.set(bytes, at, value);
    }

    /// Writes `count` consecutive numbers, starting with `values[first]`.
    public static void put(byte[] bytes, int at, short[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U16.set(bytes, at + i * Short.BYTES, values[first + i]);
        }
    }

    /// Writes `count` consecutive numbers, starting with `values[first]`.
    public static void put(byte[] bytes, int at, int[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U32.set(bytes, at + i * Integer.BYTES, values[first + i]);
        }
    }

    /// Writes `count` consecutive numbers, starting with `values[first]`.
    public static void put(byte[] bytes, int at, long[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            U64.set(bytes, at + i * Long.BYTES, values[first + i]);
        }
    }

    /// Reads `count` consecutive numbers into `values`, starting at `values[first]`.
    public static void get(byte[] bytes, int at, short[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (short) U16.get(bytes, at + i * Short.BYTES);
        }
    }

    /// Reads `count` consecutive numbers into `values`, starting at `values[first]`.
    public static void get(byte[] bytes, int at, int[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (int) U32.get(bytes, at + i * Integer.BYTES);
        }
    }

    /// Reads `count` consecutive numbers into `values`, starting at `values[first]`.
    public static void get(byte[] bytes, int at, long[] values, int first, int count) {
        for (int i = 0; i < count; i++) {
            values[first + i] = (long) U64.get(bytes, at + i * Long.BYTES);
        }
    }
}
