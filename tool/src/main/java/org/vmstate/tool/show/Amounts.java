// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.util.Locale;

/// Numbers of bytes and of things as people read them.
final class Amounts {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Amounts() {}

    /// With thousands set apart: `818,486`.
    static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    /// In the largest unit that is not above the number: `256 MiB`, `3.4 KiB`, `55 bytes`.
    static String binary(long bytes) {
        int unit = bytes <= 0 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        if (unit == 0) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        double value = (double) bytes / (1L << (10 * unit));
        boolean whole = (bytes & ((1L << (10 * unit)) - 1)) == 0;
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    /// A number with the word for what it counts: `1 element`, `3 elements`.
    static String counted(long number, String singular) {
        return grouped(number) + " " + singular + (number == 1 ? "" : "s");
    }

    /// An offset: `0x55f2a0`.
    static String hex(long offset) {
        return "0x" + Long.toHexString(offset);
    }
}
