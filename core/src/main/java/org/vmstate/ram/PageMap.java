// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// A bit for each granule of a block: which 4 KiB of it hold data, or which of its pages came.
///
/// The bits are in mapped memory of a sparse file, so that a block of any length costs no heap, and
/// disk only where it has data. A summary on the heap says which parts of it were never written, so
/// that looking for data takes no time there either: a stream can declare a block of terabytes in a
/// few bytes.
///
/// Threads may set bits of different words at a time.
final class PageMap {
    /// The bytes that one bit of a map of data stands for, whatever the target's page size.
    static final int GRANULE = 4096;

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG;

    /// The most bits that a summary has.
    private static final int MAX_SUMMARY = 1 << 16;

    private final MemorySegment words;
    private final long granules;

    /// A bit for each 2^[#summaryShift] words, set if one of them may be other than 0.
    private final AtomicIntegerArray summary;

    private final int summaryShift;

    /// A map of a block of `length` bytes in `words`, which are [#bytes] long and 0.
    PageMap(MemorySegment words, long length, int granule) {
        this.words = words;
        this.granules = Math.ceilDiv(length, granule);
        long count = Math.ceilDiv(granules, 64L);
        int shift = 6;
        while (Math.ceilDiv(count, 1L << shift) > MAX_SUMMARY) {
            shift++;
        }
        this.summaryShift = shift;
        this.summary =
                new AtomicIntegerArray((int) Math.ceilDiv(Math.ceilDiv(count, 1L << shift), 32L));
    }

    /// The bytes that the map of a block of `length` bytes takes.
    static long bytes(long length, int granule) {
        return Math.ceilDiv(Math.ceilDiv(length, granule), 64L) * 8;
    }

    boolean get(long granule) {
        return (word(granule >>> 6) >>> (granule & 63) & 1) != 0;
    }

    void set(long granule) {
        put(granule >>> 6, word(granule >>> 6) | 1L << (granule & 63));
    }

    void clear(long granule) {
        words.setAtIndex(WORD, granule >>> 6, word(granule >>> 6) & ~(1L << (granule & 63)));
    }

    /// Clears all bits from `from` to before `to`.
    void clear(long from, long to) {
        for (long granule = nextSet(from, to); granule >= 0; granule = nextSet(granule + 1, to)) {
            if ((granule & 63) == 0 && to - granule >= 64) {
                words.setAtIndex(WORD, granule >>> 6, 0);
            } else {
                clear(granule);
            }
        }
    }

    /// Sets all bits from `from` to before `to`.
    void set(long from, long to) {
        for (long granule = from; granule < to; ) {
            if ((granule & 63) == 0 && to - granule >= 64) {
                put(granule >>> 6, -1);
                granule += 64;
            } else {
                set(granule++);
            }
        }
    }

    /// The first granule from `from` on that holds data, or -1; looks no further than to `to`.
    long nextSet(long from, long to) {
        return next(from, Math.min(to, granules), 0);
    }

    /// The first granule from `from` on that holds data, or -1.
    long nextSet(long from) {
        return next(from, granules, 0);
    }

    /// The first granule from `from` on that holds none; the number of granules if there is none
    /// such.
    long nextClear(long from) {
        return nextClear(from, granules);
    }

    /// The first granule from `from` on that holds none, at most `to`.
    long nextClear(long from, long to) {
        long end = Math.min(to, granules);
        long found = next(from, end, -1);
        return found < 0 ? end : found;
    }

    private long next(long from, long end, long invert) {
        if (from >= end) {
            return -1;
        }
        long index = from >>> 6;
        long word = (word(index) ^ invert) & -1L << (from & 63);
        long count = Math.ceilDiv(end, 64L);
        while (word == 0) {
            index = invert == 0 ? nextWritten(index + 1, count) : index + 1;
            if (index == count) {
                return -1;
            }
            word = word(index) ^ invert;
        }
        long found = (index << 6) + Long.numberOfTrailingZeros(word);
        return found < end ? found : -1;
    }

    /// The first word from `from` on that may be other than 0, at most `count`.
    private long nextWritten(long from, long count) {
        long index = from;
        while (index < count && !written(index >>> summaryShift)) {
            index = ((index >>> summaryShift) + 1) << summaryShift;
        }
        return Math.min(index, count);
    }

    private boolean written(long part) {
        return (summary.get((int) (part >>> 5)) >>> (part & 31) & 1) != 0;
    }

    private void put(long index, long bits) {
        long part = index >>> summaryShift;
        if (!written(part)) {
            summary.getAndAccumulate((int) (part >>> 5), 1 << (part & 31), (a, b) -> a | b);
        }
        words.setAtIndex(WORD, index, bits);
    }

    private long word(long index) {
        return words.getAtIndex(WORD, index);
    }
}
