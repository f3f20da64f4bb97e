// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// A bitmap of the granules of a block: those of 4 KiB that contain data, or the pages that were
/// received.
///
/// The bits are stored in parts that are allocated when one of their bits is first set. Memory
/// therefore grows with the number of pages received, not with the length that a stream declares,
/// and a search skips the parts that do not exist. The map of a terabyte of pages of 4 KiB takes 33
/// MB.
///
/// Several threads may set bits of different words at the same time.
final class PageMap {
    /// The number of bytes per bit in a map of data, independent of the target's page size.
    static final int GRANULE = 4096;

    /// The binary logarithms of the words per part and of the parts per table.
    private static final int PART_SHIFT = 6;

    private static final int TABLE_SHIFT = 6;
    private static final int PART_MASK = (1 << PART_SHIFT) - 1;
    private static final int WORDS_SHIFT = PART_SHIFT + TABLE_SHIFT;

    private final long granules;
    private final AtomicReferenceArray<@Nullable AtomicReferenceArray<long @Nullable []>> tables;

    /// Creates a map of a block of `length` bytes, with no bit set.
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

    /// Clears the bits from `from` (inclusive) to `to` (exclusive).
    void clear(long from, long to) {
        for (long granule = nextSet(from, to); granule >= 0; granule = nextSet(granule + 1, to)) {
            if ((granule & 63) == 0 && to - granule >= 64) {
                part(granule >>> 6)[(int) (granule >>> 6) & PART_MASK] = 0;
            } else {
                clear(granule);
            }
        }
    }

    /// Sets the bits from `from` (inclusive) to `to` (exclusive).
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

    /// The first set bit at or after `from` and before `to`, or -1 if there is none.
    long nextSet(long from, long to) {
        return next(from, Math.min(to, granules), 0);
    }

    /// The first set bit at or after `from`, or -1 if there is none.
    long nextSet(long from) {
        return next(from, granules, 0);
    }

    /// The first clear bit at or after `from`, or the number of granules.
    long nextClear(long from) {
        return nextClear(from, granules);
    }

    /// The first clear bit at or after `from`, at most `to`.
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

    /// The first word at or after `from` whose part exists, at most `count`.
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

    /// The part that contains a word; allocates it if it does not exist.
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
