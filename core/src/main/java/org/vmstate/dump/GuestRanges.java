// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.vmstate.ram.BlockMismatchException;

/// Ranges of a guest's memory while its map is made.
final class GuestRanges {
    private final List<GuestRange> ranges = new ArrayList<>();

    void add(GuestRange range) {
        ranges.add(range);
    }

    /// Adds parts of a region, unless something else is in that region.
    ///
    /// @param start the first address of the region
    /// @param end the address behind it
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

    /// Takes away what is at the addresses from `start` to before `end`.
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

    /// Puts a range in the place of what is there.
    void cover(GuestRange range) {
        hide(range.address(), range.end());
        add(range);
    }

    /// The part of a range that is at these addresses.
    static GuestRange part(GuestRange range, long start, long end) {
        return new GuestRange(
                start, range.block(), range.offset() + start - range.address(), end - start);
    }

    /// Puts the ranges in the order of their addresses.
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

    /// The ranges in the order of their addresses, those that continue each other joined.
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
