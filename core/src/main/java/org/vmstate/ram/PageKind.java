// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// The kind of content of a page, guessed from the frequencies of its byte values.
public enum PageKind {
    /// Only zeros.
    ZERO,
    /// Mostly printable characters.
    TEXT,
    /// The number of different values and their uneven distribution are those of machine code.
    CODE,
    /// All values have about the same frequency: compressed or encrypted.
    RANDOM,
    /// Any other content: tables, pointers, sparse structures.
    DATA;

    private static final double RANDOM_BITS = 7.3;
    private static final double CODE_BITS = 4.5;
    private static final double TEXT_SHARE = 0.85;

    /// The kind of a page; `counts` is scratch space of 256 elements.
    static PageKind of(byte[] bytes, int at, int length, int[] counts) {
        java.util.Arrays.fill(counts, 0);
        for (int i = at; i < at + length; i++) {
            counts[bytes[i] & 0xff]++;
        }
        if (counts[0] == length) {
            return ZERO;
        }
        int printable = counts['\n'] + counts['\r'] + counts['\t'];
        for (int c = ' '; c < 0x7f; c++) {
            printable += counts[c];
        }
        if (printable >= TEXT_SHARE * length) {
            return TEXT;
        }
        double bits = 0;
        for (int count : counts) {
            if (count > 0) {
                double share = (double) count / length;
                bits -= share * Math.log(share);
            }
        }
        bits /= Math.log(2);
        // A page of fewer than 256 bytes cannot contain all values.
        double most = Math.min(8, Math.log(length) / Math.log(2));
        if (bits > RANDOM_BITS * most / 8) {
            return RANDOM;
        }
        return bits > CODE_BITS ? CODE : DATA;
    }
}
