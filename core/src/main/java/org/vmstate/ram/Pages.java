// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.vmstate.internal.file.MappedComparison;

/// Tests whether memory contains only zeros.
///
/// Corresponds to QEMU's `buffer_is_zero`.
public final class Pages {
    private static final byte[] ZEROS = new byte[4096];

    private static final MemorySegment ZERO_MEMORY = MemorySegment.ofArray(ZEROS).asReadOnly();

    private Pages() {}

    /// Whether a piece of memory is all 0.
    static boolean isZero(MemorySegment memory) {
        return isZero(memory, 0, memory.byteSize());
    }

    /// Whether `count` bytes from `offset` on are all 0.
    static boolean isZero(MemorySegment memory, long offset, long count) {
        long end = offset + count;
        // Most pages with data have some at their beginning.
        if (count >= Long.BYTES && memory.get(ValueLayout.JAVA_LONG_UNALIGNED, offset) != 0) {
            return false;
        }
        for (long from = offset; from < end; from += ZEROS.length) {
            long step = Math.min(end - from, ZEROS.length);
            if (MappedComparison.mismatch(memory, from, ZERO_MEMORY, 0, step) >= 0) {
                return false;
            }
        }
        return true;
    }

    /// Whether `length` bytes from `at` on are all 0.
    public static boolean isZero(byte[] bytes, int at, int length) {
        int from = at;
        int left = length;
        while (left > 0) {
            int step = Math.min(left, ZEROS.length);
            if (Arrays.mismatch(bytes, from, from + step, ZEROS, 0, step) >= 0) {
                return false;
            }
            from += step;
            left -= step;
        }
        return true;
    }
}
