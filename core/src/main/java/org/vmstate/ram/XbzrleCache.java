// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The pages that were sent last, outside of the heap, with a limited size.
///
/// A page has one place, which it shares with others. A page that was used in this scan or the last
/// one is not displaced.
///
/// Corresponds to QEMU's `PageCache`.
final class XbzrleCache {
    private static final long NONE = -1;

    /// The number of scans for which a page keeps its place.
    private static final int LIFETIME = 2;

    private final int pageSize;
    private final MemorySegment pages;

    /// The page at each place, or [#NONE].
    private final long[] keys;

    /// The scan in which each page was used last.
    private final int[] scans;

    /// @param bytes the largest size of the pages, at least one page
    XbzrleCache(long bytes, int pageSize) {
        this.pageSize = pageSize;
        int places = (int) Math.min(1 << 30, Long.highestOneBit(bytes / pageSize));
        this.pages = Arena.ofAuto().allocate((long) places * pageSize, pageSize);
        this.keys = new long[places];
        this.scans = new int[places];
        Arrays.fill(keys, NONE);
    }

    private int place(long key) {
        return (int) (key & (keys.length - 1));
    }

    /// Copies a page, if it is in the cache; returns whether it is.
    boolean get(long key, int scan, byte[] target) {
        int place = place(key);
        if (keys[place] != key) {
            return false;
        }
        scans[place] = scan;
        MemorySegment.copy(
                pages, ValueLayout.JAVA_BYTE, (long) place * pageSize, target, 0, pageSize);
        return true;
    }

    /// Puts a page into the cache, unless its place is taken.
    void put(long key, int scan, byte[] page) {
        int place = place(key);
        if (keys[place] != key && keys[place] != NONE && scan - scans[place] < LIFETIME) {
            return;
        }
        keys[place] = key;
        scans[place] = scan;
        MemorySegment.copy(
                page, 0, pages, ValueLayout.JAVA_BYTE, (long) place * pageSize, pageSize);
    }

    /// Sets a page to zero, if it is in the cache.
    void zero(long key) {
        int place = place(key);
        if (keys[place] == key) {
            pages.asSlice((long) place * pageSize, pageSize).fill((byte) 0);
        }
    }
}
