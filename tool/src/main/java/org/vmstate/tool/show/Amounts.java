// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

/// Formats numbers for people.
public final class Amounts {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Amounts() {}

    /// A number with separators: `818,486`.
    public static String grouped(long number) {
        StringBuilder text = new StringBuilder(Long.toString(number));
        int first = number < 0 ? 1 : 0;
        for (int at = text.length() - 3; at > first; at -= 3) {
            text.insert(at, ',');
        }
        return text.toString();
    }

    /// A number of bytes in the largest unit that does not exceed it, truncated to one decimal:
    /// `256 MiB`, `3.4 KiB`, `55 bytes`. The number is unsigned.
    public static String binary(long bytes) {
        int unit = bytes == 0 ? 0 : (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        if (unit == 0) {
            return bytes + (bytes == 1 ? " byte" : " bytes");
        }
        int shift = 10 * unit;
        long fraction = bytes & ((1L << shift) - 1);
        String digit = fraction == 0 ? "" : "." + (fraction >>> (shift - 10)) * 10 / 1024;
        return (bytes >>> shift) + digit + " " + UNITS[unit];
    }

    /// A number and a noun: `1 element`, `3 elements`.
    public static String counted(long number, String singular) {
        return grouped(number) + " " + singular + (number == 1 ? "" : "s");
    }

    /// An offset: `0x55f2a0`.
    public static String hex(long offset) {
        return "0x" + Long.toHexString(offset);
    }
}
