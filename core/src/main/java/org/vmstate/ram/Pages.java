// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Arrays;

/// The test for pages of nothing but zeros.
///
/// Corresponds to QEMU's `buffer_is_zero`.
public final class Pages {
    private static final byte[] ZEROS = new byte[4096];

    private Pages() {}

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
