// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Which pages of a block came, in whatever encoding.
///
/// While the page size is unknown, only the beginnings of pages are noted, with a bit for each
/// place where the smallest page could begin; when it becomes known, the bits of the places where
/// no page can begin are squeezed out.
final class ArrivalMap {
    private final long length;
    private PageMap pages;
    private int unit;
    private long end;
    private boolean all;

    /// A map of a block of `length` bytes, of which no page came.
    ///
    /// @param unit the page size, or the smallest there is
    ArrivalMap(long length, int unit) {
        this.length = length;
        this.unit = unit;
        this.pages = new PageMap(length, unit);
    }

    /// Notes that the page at `offset` came.
    void page(long offset) {
        if (!all) {
            pages.set(offset / unit);
            end = Math.max(end, offset + 1);
        }
    }

    /// Notes that all pages came that begin in a range.
    void range(long from, long to) {
        if (!all && to > from) {
            pages.set(Math.ceilDiv(from, unit), Math.ceilDiv(to, unit));
            end = Math.max(end, to);
        }
    }

    /// Notes that the whole block came.
    void all() {
        all = true;
    }

    /// Forgets the pages of a range.
    void clear(long from, long to) {
        if (all) {
            all = false;
            range(0, length);
        }
        pages.clear(from / unit, Math.ceilDiv(to, unit));
    }

    /// Takes the page size, a multiple of the unit so far.
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

    /// Whether a page came that begins at `offset`, a multiple of the unit.
    boolean begins(long offset) {
        return all || pages.get(offset / unit);
    }

    /// Where the first byte from `offset` on is that did not come, or the block's length.
    long missingFrom(long offset) {
        long page = nextMissing(offset / unit);
        return page >= pages() ? length : page * unit;
    }

    /// Where the first byte from `offset` on is that came, or the block's length.
    long presentFrom(long offset) {
        long page = nextPresent(offset / unit);
        return page >= pages() ? length : page * unit;
    }

    /// How many pages the block has.
    long pages() {
        return length / unit;
    }

    /// The first page from `page` on that did not come, or the number of pages.
    long nextMissing(long page) {
        return all ? pages() : pages.nextClear(page, pages());
    }

    /// The first page from `page` on that came, or the number of pages.
    long nextPresent(long page) {
        if (all) {
            return page;
        }
        long found = pages.nextSet(page, pages());
        return found < 0 ? pages() : found;
    }
}
