// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The bitmap of a mapped-ram block, read with a given byte order: a set bit means that the page is
/// in the file.
final class PageBitmap {
    private final MemorySegment bits;
    private final ValueLayout.OfLong word;
    private final long pages;

    /// @param bits whole words, at least `pages` bits
    PageBitmap(MemorySegment bits, ByteOrder order, long pages) {
        this.bits = bits;
        this.word = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order);
        this.pages = pages;
    }

    /// The 64 bits from page `page`, a multiple of 64, on; the lowest bit is that of `page`.
    long word(long page) {
        return bits.get(word, page / 8);
    }

    /// Whether bits after that of the last page are set.
    boolean hasBitsAfterEnd() {
        return (pages & 63) != 0 && (word(pages & -64) & -1L << (pages & 63)) != 0;
    }

    /// The first page at or after `from` whose bit is set, or the number of pages.
    long nextSet(long from) {
        return next(from, 0);
    }

    /// The first page at or after `from` whose bit is clear, or the number of pages.
    long nextClear(long from) {
        return next(from, -1);
    }

    private long next(long from, long invert) {
        long mask = -1L << (from & 63);
        for (long at = from & -64; at < pages; at += 64) {
            long found = (word(at) ^ invert) & mask;
            if (found != 0) {
                return Math.min(pages, at + Long.numberOfTrailingZeros(found));
            }
            mask = -1;
        }
        return pages;
    }
}
