// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// A bit for each granule of a block: which 4 KiB of it hold data, or which of its pages came.
///
/// The bits are in parts that are made when one of their bits is set, so that the map of a block
/// costs memory with the pages that come, not with the length that a stream declares in a few
/// bytes; neither does looking for pages take time where none came. A terabyte of pages of 4 KiB
/// takes 33 MB.
///
/// Threads may set bits of different words at a time.
final class PageMap {
    /// The bytes that one bit of a map of data stands for, whatever the target's page size.
    static final int GRANULE = 4096;

    /// The words of a part, and the parts of a table, as powers of two.
    private static final int PART_SHIFT = 6;

    private static final int TABLE_SHIFT = 6;
    private static final int PART_MASK = (1 << PART_SHIFT) - 1;
    private static final int WORDS_SHIFT = PART_SHIFT + TABLE_SHIFT;

    private final long granules;
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<long @Nullable []>> tables;

    /// A map of a block of `length` bytes in which nothing is set.
    PageMap(long length, int granule) {
        this.granules = Math.ceilDiv(length, granule);
        long words = Math.ceilDiv(granules, (long) Long.SIZE);
        this.tables = new AtomicReferenceArray<>((int) Math.ceilDiv(words, 1L << WORDS_SHIFT));
    }

    boolean get(long granule) {
        return (word(granule >>> 6) >>> (granule & 63) & 1) != 0;
    }

    void set(long granule) {
        long index = granule >>> 6;
        part(index)[(int) index & PART_MASK] |= 1L << (granule & 63);
    }

    void clear(long granule) {
        long index = granule >>> 6;
        if (word(index) != 0) {
            part(index)[(int) index & PART_MASK] &= ~(1L << (granule & 63));
        }
    }

    /// Clears all bits from `from` to before `to`.
    void clear(long from, long to) {
        for (long granule = nextSet(from, to); granule >= 0; granule = nextSet(granule + 1, to)) {
            if ((granule & 63) == 0 && to - granule >= 64) {
                part(granule >>> 6)[(int) (granule >>> 6) & PART_MASK] = 0;
            } else {
                clear(granule);
            }
        }
    }

    /// Sets all bits from `from` to before `to`.
    void set(long from, long to) {
        for (long granule = from; granule < to; ) {
            if ((granule & 63) == 0 && to - granule >= 64) {
                part(granule >>> 6)[(int) (granule >>> 6) & PART_MASK] = -1;
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
        while (index < count) {
            AtomicReferenceArray<long @Nullable []> table =
                    tables.get((int) (index >>> WORDS_SHIFT));
            if (table == null) {
                index = ((index >>> WORDS_SHIFT) + 1) << WORDS_SHIFT;
            } else if (table.get(partIn(index)) == null) {
                index = ((index >>> PART_SHIFT) + 1) << PART_SHIFT;
            } else {
                return index;
            }
        }
        return count;
    }

    private static int partIn(long index) {
        return (int) (index >>> PART_SHIFT) & ((1 << TABLE_SHIFT) - 1);
    }

    private long word(long index) {
        AtomicReferenceArray<long @Nullable []> table = tables.get((int) (index >>> WORDS_SHIFT));
        long @Nullable [] part = table == null ? null : table.get(partIn(index));
        return part == null ? 0 : part[(int) index & PART_MASK];
    }

    /// The part with a word, made if it is not there.
    private long[] part(long index) {
        int at = (int) (index >>> WORDS_SHIFT);
        AtomicReferenceArray<long @Nullable []> table = tables.get(at);
        if (table == null) {
            AtomicReferenceArray<long @Nullable []> made =
                    new AtomicReferenceArray<>(1 << TABLE_SHIFT);
            AtomicReferenceArray<long @Nullable []> other =
                    tables.compareAndExchange(at, null, made);
            table = other == null ? made : other;
        }
        long @Nullable [] part = table.get(partIn(index));
        if (part == null) {
            long[] made = new long[1 << PART_SHIFT];
            long @Nullable [] other = table.compareAndExchange(partIn(index), null, made);
            part = other == null ? made : other;
        }
        return part;
    }
}
