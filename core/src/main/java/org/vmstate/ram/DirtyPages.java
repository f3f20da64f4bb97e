// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/// The pages of guest memory that were written to, and when.
///
/// Whoever writes to the memory [marks][Marks#mark(long, long)] the pages after the write. Whoever
/// copies changed pages, such as a snapshot, calls [#sync()], which ends a period and begins the
/// next one, and keeps the number of the period. Later [#nextDirty] finds the pages that were
/// marked in that period or after it. The record is never cleared, so that any number of snapshots
/// can ask independently of each other.
///
/// ```java
/// DirtyPages.Marks marks = dirty.marks(block);      // once
/// segment.set(JAVA_INT, offset, value);
/// marks.mark(offset, Integer.BYTES);                // after each write
/// ```
///
/// A page has 4096 bytes, whatever the page size of the target is. The record takes 9 bytes for
/// each page.
///
/// # Threads
///
/// Any number of threads may mark pages while another one calls [#sync()]. A write whose mark is
/// collected by a call is visible to the thread that made the call; a later mark belongs to the
/// next period. [#sync()] and [#nextDirty] are called by one thread at a time.
///
/// QEMU: `ramblock_sync_dirty_bitmap`, `cpu_physical_memory_set_dirty_range`.
public final class DirtyPages {
    /// The size of a page in bytes.
    public static final int PAGE_BYTES = PageMap.GRANULE;

    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(PAGE_BYTES);
    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final Map<RamBlock, Marks> blocks = new LinkedHashMap<>();
    private long period = 1;

    /// Creates a record of blocks in which no page was written to.
    public DirtyPages(Collection<RamBlock> blocks) {
        for (RamBlock block : blocks) {
            this.blocks.put(block, new Marks(block.length()));
        }
    }

    /// The marks of a block.
    ///
    /// An interpreter keeps this object and calls it after each write. A mark is one store to an
    /// array.
    public static final class Marks {
        /// 1 for a page that was marked since the last sync.
        private final byte[] marks;

        /// The last period in which a page was marked; 0 if it never was.
        private final long[] periods;

        private Marks(long length) {
            int pages = Math.toIntExact(Math.ceilDiv(length, PAGE_BYTES));
            this.marks = new byte[pages];
            this.periods = new long[pages];
        }

        /// Marks the pages of the `count` bytes from `offset` on, at least one byte. The range must
        /// lie in the block.
        ///
        /// @throws IndexOutOfBoundsException if the block does not have one of the pages; offsets
        ///   of 16 TiB and more are not checked
        public void mark(long offset, long count) {
            int page = (int) (offset >>> PAGE_SHIFT);
            BYTES.setRelease(marks, page, (byte) 1);
            int last = (int) ((offset + count - 1) >>> PAGE_SHIFT);
            if (page != last) {
                markUpTo(page, last);
            }
        }

        private void markUpTo(int first, int last) {
            for (int page = first + 1; page <= last; page++) {
                BYTES.setRelease(marks, page, (byte) 1);
            }
        }

        private void collect(long period) {
            int page = 0;
            while (page < marks.length) {
                if (page <= marks.length - Long.BYTES && (long) LONGS.get(marks, page) == 0) {
                    page += Long.BYTES;
                    continue;
                }
                if ((byte) BYTES.getOpaque(marks, page) != 0
                        && (byte) BYTES.getAndSetAcquire(marks, page, (byte) 0) != 0) {
                    periods[page] = period;
                }
                page++;
            }
        }

        private long next(long offset, long since) {
            for (int page = (int) Math.ceilDiv(offset, PAGE_BYTES); page < periods.length; page++) {
                if (periods[page] >= since) {
                    return (long) page << PAGE_SHIFT;
                }
            }
            return -1;
        }
    }

    /// Returns the marks of a block.
    ///
    /// @throws IllegalArgumentException if the record does not contain the block
    public Marks marks(RamBlock block) {
        Marks marks = blocks.get(block);
        if (marks == null) {
            throw new IllegalArgumentException("no block " + block.name());
        }
        return marks;
    }

    /// Ends a period; returns the number of the one that begins.
    public long sync() {
        for (Marks marks : blocks.values()) {
            marks.collect(period);
        }
        VarHandle.fullFence();
        return ++period;
    }

    /// Returns the offset of the first page at or after `offset` that was marked in the period
    /// `since` or later, but before the last [#sync()], or -1 if there is none.
    public long nextDirty(RamBlock block, long offset, long since) {
        return marks(block).next(offset, since);
    }
}
