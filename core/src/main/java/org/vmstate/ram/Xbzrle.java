// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.vmstate.wire.CorruptException;

/// The delta encoding of a page relative to its previous content: runs of unchanged and of changed
/// bytes.
///
/// ```
/// delta   := (unchanged changed bytes)*     without a trailing run of unchanged bytes
/// unchanged, changed := uleb128, 1 or 2 bytes, at most 16383
/// ```
///
/// Only the first unchanged run may be empty; changed runs are never empty.
///
/// Corresponds to QEMU's `xbzrle_encode_buffer` and `xbzrle_decode_buffer`.
public final class Xbzrle {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final int MAX_RUN = 0x3fff;

    /// Runs shorter than this are compared without a call, which is faster.
    private static final int SHORT_RUN = 32;

    /// The result of [#encode] if the delta does not fit.
    public static final int OVERFLOW = -1;

    private Xbzrle() {}

    /// Writes the delta from `before` to `after`, both `pageSize` bytes, to the start of `delta`.
    ///
    /// @return the delta's length, 0 if the pages are equal, or [#OVERFLOW] if it is longer than
    ///   `delta`
    public static int encode(
            byte[] before, int beforeAt, byte[] after, int afterAt, int pageSize, byte[] delta) {
        Objects.checkFromIndexSize(beforeAt, pageSize, before.length);
        Objects.checkFromIndexSize(afterAt, pageSize, after.length);
        int at = 0;
        int out = 0;
        while (true) {
            int changedFrom = skipEqual(before, beforeAt, after, afterAt, at, pageSize);
            if (changedFrom == pageSize) {
                return out;
            }
            int changedTo = skipChanged(before, beforeAt, after, afterAt, changedFrom, pageSize);
            int unchanged = changedFrom - at;
            int changed = changedTo - changedFrom;
            if (unchanged > MAX_RUN || changed > MAX_RUN || delta.length - out < 4 + changed) {
                int exact = uleb128Length(unchanged) + uleb128Length(changed) + changed;
                if (unchanged > MAX_RUN || changed > MAX_RUN || delta.length - out < exact) {
                    return OVERFLOW;
                }
            }
            out = putUleb128(delta, out, unchanged);
            out = putUleb128(delta, out, changed);
            copy(after, afterAt + changedFrom, delta, out, changed);
            out += changed;
            at = changedTo;
        }
    }

    /// Applies a delta to a page: replaces its previous content with the new one.
    ///
    /// @param offset the offset of the delta in the stream, for errors
    /// @throws CorruptException if the delta ends within a run, or if a run is empty or exceeds the
    ///   page
    public static void decode(
            byte[] delta,
            int deltaAt,
            int deltaLength,
            byte[] page,
            int pageAt,
            int pageSize,
            long offset)
            throws CorruptException {
        Objects.checkFromIndexSize(deltaAt, deltaLength, delta.length);
        Objects.checkFromIndexSize(pageAt, pageSize, page.length);
        int end = deltaAt + deltaLength;
        int in = deltaAt;
        int at = 0;
        while (in < end) {
            int unchanged = uleb128(delta, in, end);
            if (unchanged < 0 || (unchanged == 0 && in != deltaAt)) {
                throw wrong("a wrong run of unchanged bytes", offset, in - deltaAt);
            }
            in += uleb128Length(delta[in]);
            at += unchanged;
            int changed = uleb128(delta, in, end);
            if (changed <= 0) {
                throw wrong("a wrong run of changed bytes", offset, in - deltaAt);
            }
            in += uleb128Length(delta[in]);
            if (changed > pageSize - at) {
                throw wrong("a run past the end of the page", offset, in - deltaAt);
            }
            if (changed > end - in) {
                throw wrong("a run past the end of the delta", offset, in - deltaAt);
            }
            replace(delta, in, page, pageAt + at, changed);
            in += changed;
            at += changed;
        }
    }

    private static CorruptException wrong(String what, long offset, int inside) {
        return new CorruptException("XBZRLE delta: " + what, offset + inside);
    }

    /// The index of the first byte at or after `at` that differs, or `size`.
    private static int skipEqual(byte[] a, int aAt, byte[] b, int bAt, int at, int size) {
        int i = at;
        for (int end = Math.min(size, at + SHORT_RUN); i <= end - 8; i += 8) {
            long difference = (long) WORD.get(a, aAt + i) ^ (long) WORD.get(b, bAt + i);
            if (difference != 0) {
                return i + Long.numberOfTrailingZeros(difference) / 8;
            }
        }
        int more = Arrays.mismatch(a, aAt + i, aAt + size, b, bAt + i, bAt + size);
        return more < 0 ? size : i + more;
    }

    /// The index of the first byte at or after `at` that is equal, or `size`.
    private static int skipChanged(byte[] a, int aAt, byte[] b, int bAt, int at, int size) {
        int i = at;
        while (i <= size - 16
                && (equalBytes(a, aAt + i, b, bAt + i) | equalBytes(a, aAt + i + 8, b, bAt + i + 8))
                        == 0) {
            i += 16;
        }
        for (; i <= size - 8; i += 8) {
            long zeroBytes = equalBytes(a, aAt + i, b, bAt + i);
            if (zeroBytes != 0) {
                return i + Long.numberOfTrailingZeros(zeroBytes) / 8;
            }
        }
        while (i < size && a[aAt + i] != b[bAt + i]) {
            i++;
        }
        return i;
    }

    /// Returns a value other than 0 if any of 8 bytes are equal; the lowest set bit is in the first
    /// of these.
    private static long equalBytes(byte[] a, int aAt, byte[] b, int bAt) {
        long difference = (long) WORD.get(a, aAt) ^ (long) WORD.get(b, bAt);
        return (difference - LOW_BITS) & ~difference & HIGH_BITS;
    }

    /// Copies `count` bytes; may copy more, which are overwritten later.
    private static void copy(byte[] from, int at, byte[] to, int toAt, int count) {
        if (count <= 8 && at <= from.length - 8 && toAt <= to.length - 8) {
            WORD.set(to, toAt, (long) WORD.get(from, at));
        } else {
            System.arraycopy(from, at, to, toAt, count);
        }
    }

    /// Copies `count` bytes, at least one.
    private static void replace(byte[] from, int at, byte[] to, int toAt, int count) {
        if (count <= 8 && at <= from.length - 8 && toAt <= to.length - 8) {
            long mask = -1L >>> (64 - 8 * count);
            WORD.set(
                    to,
                    toAt,
                    ((long) WORD.get(to, toAt) & ~mask) | ((long) WORD.get(from, at) & mask));
        } else {
            System.arraycopy(from, at, to, toAt, count);
        }
    }

    /// Reads a number of one or two bytes; returns -1 if it is longer or passes `end`.
    private static int uleb128(byte[] bytes, int at, int end) {
        if (at >= end) {
            return -1;
        }
        int low = bytes[at];
        if (low >= 0) {
            return low;
        }
        return at + 1 < end && bytes[at + 1] >= 0 ? (low & 0x7f) | bytes[at + 1] << 7 : -1;
    }

    private static int uleb128Length(byte first) {
        return first >= 0 ? 1 : 2;
    }

    private static int uleb128Length(int value) {
        return value < 0x80 ? 1 : 2;
    }

    private static int putUleb128(byte[] bytes, int at, int value) {
        if (value < 0x80) {
            bytes[at] = (byte) value;
            return at + 1;
        }
        bytes[at] = (byte) (value | 0x80);
        bytes[at + 1] = (byte) (value >> 7);
        return at + 2;
    }
}
