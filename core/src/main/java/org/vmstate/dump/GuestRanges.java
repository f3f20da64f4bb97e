// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.vmstate.ram.BlockMismatchException;

/// The mutable list of ranges from which a guest's map is created.
final class GuestRanges {
    private final List<GuestRange> ranges = new ArrayList<>();

    void add(GuestRange range) {
        ranges.add(range);
    }

    /// Adds the parts of a region, unless the region is occupied.
    ///
    /// @param start the first address of the region
    /// @param end the address after the region
    /// @return whether they were added
    boolean addApart(long start, long end, List<GuestRange> parts) {
        for (GuestRange range : ranges) {
            if (range.address() < end && start < range.end()) {
                return false;
            }
        }
        ranges.addAll(parts);
        return true;
    }

    /// Removes what is at the addresses from `start` (inclusive) to `end` (exclusive).
    void hide(long start, long end) {
        List<GuestRange> left = new ArrayList<>();
        for (GuestRange range : ranges) {
            if (range.address() < start) {
                left.add(part(range, range.address(), Math.min(range.end(), start)));
            }
            if (range.end() > end) {
                left.add(part(range, Math.max(range.address(), end), range.end()));
            }
        }
        ranges.clear();
        ranges.addAll(left);
    }

    /// Adds a range and removes what it covers.
    void cover(GuestRange range) {
        hide(range.address(), range.end());
        add(range);
    }

    /// The part of a range at the addresses from `start` (inclusive) to `end` (exclusive).
    static GuestRange part(GuestRange range, long start, long end) {
        return new GuestRange(
                start, range.block(), range.offset() + start - range.address(), end - start);
    }

    /// Sorts the ranges by address.
    ///
    /// @throws BlockMismatchException if two overlap
    void check() {
        ranges.sort(Comparator.comparingLong(GuestRange::address));
        for (int i = 1; i < ranges.size(); i++) {
            GuestRange last = ranges.get(i - 1);
            GuestRange range = ranges.get(i);
            if (range.address() < last.end()) {
                throw new BlockMismatchException(
                        "blocks "
                                + last.block().name()
                                + " and "
                                + range.block().name()
                                + " overlap at 0x"
                                + Long.toHexString(range.address()));
            }
        }
    }

    /// The ranges in ascending order of addresses; adjacent ranges of a block are joined.
    ///
    /// @throws BlockMismatchException if two overlap
    List<GuestRange> sorted() {
        check();
        List<GuestRange> joined = new ArrayList<>();
        for (GuestRange range : ranges) {
            if (!joined.isEmpty() && continues(joined.getLast(), range)) {
                GuestRange last = joined.removeLast();
                joined.add(
                        new GuestRange(
                                last.address(),
                                last.block(),
                                last.offset(),
                                last.length() + range.length()));
            } else {
                joined.add(range);
            }
        }
        return joined;
    }

    private static boolean continues(GuestRange last, GuestRange range) {
        return last.end() == range.address()
                && last.block().equals(range.block())
                && last.offset() + last.length() == range.offset();
    }
}
