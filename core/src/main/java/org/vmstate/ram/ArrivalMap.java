// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// The set of pages of a block that were received, in any encoding.
///
/// While the page size is unknown, a bit stands for each multiple of the smallest page size and is
/// set where a page began. When the page size becomes known, the bits of offsets that are not
/// multiples of it are removed.
final class ArrivalMap {
    private final long length;
    private PageMap pages;
    private int unit;
    private long end;
    private boolean all;

    /// Creates a map of a block of `length` bytes, with no page received.
    ///
    /// @param unit the page size, or the smallest one of any target while it is unknown
    ArrivalMap(long length, int unit) {
        this.length = length;
        this.unit = unit;
        this.pages = new PageMap(length, unit);
    }

    /// Marks the page at `offset` as received.
    void page(long offset) {
        if (!all) {
            pages.set(offset / unit);
            end = Math.max(end, offset + 1);
        }
    }

    /// Marks all pages that begin in a range as received.
    void range(long from, long to) {
        if (!all && to > from) {
            pages.set(Math.ceilDiv(from, unit), Math.ceilDiv(to, unit));
            end = Math.max(end, to);
        }
    }

    /// Marks the whole block as received.
    void all() {
        all = true;
    }

    /// Marks the pages of a range as not received.
    void clear(long from, long to) {
        if (all) {
            all = false;
            range(0, length);
        }
        pages.clear(from / unit, Math.ceilDiv(to, unit));
    }

    /// Sets the page size, a multiple of the current unit.
    void pageSize(int bytes) {
        if (bytes == unit) {
            return;
        }
        if (bytes < unit) {
            throw new IllegalStateException("pages of " + bytes + " bytes, in units of " + unit);
        }
        PageMap squeezed = new PageMap(length, bytes);
        long step = bytes / unit;
        long last = Math.ceilDiv(end, unit);
        for (long at = pages.nextSet(0, last); at >= 0; at = pages.nextSet(at + 1, last)) {
            if (at % step == 0) {
                squeezed.set(at / step);
            }
        }
        pages = squeezed;
        unit = bytes;
    }

    /// Whether a page that begins at `offset`, a multiple of the unit, was received.
    boolean begins(long offset) {
        return all || pages.get(offset / unit);
    }

    /// The offset of the first byte at or after `offset` that was not received, or the block's
    /// length.
    long missingFrom(long offset) {
        long page = nextMissing(offset / unit);
        return page >= pages() ? length : page * unit;
    }

    /// The offset of the first byte at or after `offset` that was received, or the block's length.
    long presentFrom(long offset) {
        long page = nextPresent(offset / unit);
        return page >= pages() ? length : page * unit;
    }

    /// The number of pages of the block.
    long pages() {
        return length / unit;
    }

    /// The first page at or after `page` that was not received, or the number of pages.
    long nextMissing(long page) {
        return all ? pages() : pages.nextClear(page, pages());
    }

    /// The first page at or after `page` that was received, or the number of pages.
    long nextPresent(long page) {
        if (all) {
            return page;
        }
        long found = pages.nextSet(page, pages());
        return found < 0 ? pages() : found;
    }
}
