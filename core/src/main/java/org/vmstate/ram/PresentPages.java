// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Command;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;

/// The pages of a destination's memory that have arrived, in a migration with postcopy.
///
/// A [GuestMemoryLoader] that is told of this record enters each page that it writes. After the
/// [discards][#discard] the machine runs while pages are missing. Whoever accesses the memory calls
/// [Pages#require] before, which asks for a missing page and waits for it; [#memory()] does so.
///
/// ```java
/// PresentPages.Pages pages = present.pages(block);  // once
/// pages.require(offset, Integer.BYTES);             // before each access
/// segment.get(JAVA_INT, offset);
/// ```
///
/// A page has the size of the target's pages, but at least 4096 bytes. The record takes one byte
/// for each page.
///
/// # Threads
///
/// Any number of threads may require pages while another one loads them. The memory itself must
/// permit that: a missing page is written by the loader, and other pages are used by the machine.
///
/// QEMU: `migrate_send_rp_req_pages`, `ramblock_recv_bitmap_set`.
public final class PresentPages {
    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(byte[].class);

    private final GuestMemory memory;
    private final int pageSize;
    private final int unit;
    private final int shift;
    private final Requests requests;
    private final Map<String, Pages> blocks = new LinkedHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final AtomicInteger waiting = new AtomicInteger();
    private @Nullable IOException closed;

    /// Asks the source for pages.
    @FunctionalInterface
    public interface Requests {
        /// Sends a request for a page. Called once per page, by the thread that needs it, and again
        /// by [PresentPages#repeatRequests()]. A request that cannot be sent is ignored.
        void request(RamBlock block, long offset, int length);
    }

    /// Creates the record of a memory of which nothing has arrived.
    ///
    /// @param pageSize the size of the target's pages in bytes
    public PresentPages(GuestMemory memory, int pageSize, Requests requests) {
        this.memory = memory;
        this.pageSize = pageSize;
        this.unit = Math.max(pageSize, DirtyPages.PAGE_BYTES);
        this.shift = Integer.numberOfTrailingZeros(unit);
        this.requests = requests;
        for (RamBlock block : memory.blocks()) {
            blocks.put(block.name(), new Pages(block));
        }
    }

    /// The pages of a block.
    ///
    /// An interpreter keeps this object and calls it before each access.
    public final class Pages {
        private final RamBlock block;

        /// 1 for a page that has not arrived.
        private final byte[] missing;

        private final BitSet requested = new BitSet();

        private Pages(RamBlock block) {
            this.block = block;
            this.missing = new byte[Math.toIntExact(Math.ceilDiv(block.length(), unit))];
            Arrays.fill(missing, (byte) 1);
        }

        /// Waits until the pages of the `count` bytes from `offset` on, at least one byte, have
        /// arrived.
        ///
        /// @throws IOException if they cannot arrive any more, see [PresentPages#close]
        /// @throws CancelledException if the thread is interrupted
        /// @throws IndexOutOfBoundsException if the block does not have one of the pages
        public void require(long offset, long count) throws IOException {
            int page = (int) (offset >>> shift);
            int last = (int) ((offset + count - 1) >>> shift);
            for (; page <= last; page++) {
                if ((byte) BYTES.getAcquire(missing, page) != 0) {
                    await(page);
                }
            }
        }

        /// Returns whether the page at an offset has arrived.
        public boolean isPresent(long offset) {
            return (byte) BYTES.getAcquire(missing, (int) (offset >>> shift)) == 0;
        }

        private void await(int page) throws IOException {
            if (ask(page)) {
                request(page);
            }
            lock.lock();
            waiting.incrementAndGet();
            try {
                while ((byte) BYTES.getVolatile(missing, page) != 0) {
                    if (closed != null) {
                        throw new IOException(closed.getMessage(), closed);
                    }
                    arrived.await();
                }
            } catch (InterruptedException e) {
                throw CancelledException.of(e);
            } finally {
                waiting.decrementAndGet();
                lock.unlock();
            }
        }

        /// Returns whether a page is to be requested, because it was not before.
        private boolean ask(int page) {
            lock.lock();
            try {
                boolean first = !requested.get(page);
                requested.set(page);
                return first;
            } finally {
                lock.unlock();
            }
        }

        private void request(int page) {
            long offset = (long) page << shift;
            requests.request(block, offset, (int) Math.min(unit, block.length() - offset));
        }

        /// Enters pages whose content is in the memory.
        void arrive(long offset, long count) {
            int last = (int) ((offset + count - 1) >>> shift);
            for (int page = (int) (offset >>> shift); page <= last; page++) {
                BYTES.setVolatile(missing, page, (byte) 0);
            }
            if (waiting.get() != 0) {
                lock.lock();
                try {
                    arrived.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        }

        private long missingBytes() {
            long pages = 0;
            for (byte page : missing) {
                pages += page;
            }
            return pages * unit;
        }
    }

    /// Returns the pages of a block.
    ///
    /// @throws IllegalArgumentException if the memory does not have the block
    public Pages pages(RamBlock block) {
        Pages pages = blocks.get(block.name());
        if (pages == null) {
            throw new IllegalArgumentException("no block " + block.name());
        }
        return pages;
    }

    /// The size of a page of this record.
    int unit() {
        return unit;
    }

    /// Returns the memory with a check before each access. Segments are not checked: whoever uses
    /// one calls [Pages#require] before.
    public GuestMemory memory() {
        return new OnDemandMemory(memory, this);
    }

    /// Discards pages, which the source will send again.
    ///
    /// @throws CorruptException if there is no such block, or a range is not in it
    public void discard(Command.RamDiscard discard, long offset) throws CorruptException {
        Pages pages = blocks.get(discard.block());
        if (pages == null) {
            throw new CorruptException(
                    "ram_discard_range: Failed to find block " + Printable.quoted(discard.block()),
                    offset);
        }
        for (Command.RamDiscard.Range range : discard.ranges()) {
            long length = pages.block.length();
            if (range.start() < 0
                    || range.length() < 0
                    || range.start() > length
                    || range.length() > length - range.start()) {
                throw new CorruptException(
                        "a discard of 0x%x bytes at 0x%x of block %s, which has 0x%x"
                                .formatted(
                                        range.length(),
                                        range.start(),
                                        Printable.quoted(discard.block()),
                                        length),
                        offset);
            }
            if (range.length() > 0) {
                int last = (int) ((range.start() + range.length() - 1) >>> shift);
                for (int page = (int) (range.start() >>> shift); page <= last; page++) {
                    BYTES.setVolatile(pages.missing, page, (byte) 1);
                }
            }
        }
    }

    /// Returns the number of bytes that have not arrived.
    public long missingBytes() {
        return blocks.values().stream().mapToLong(Pages::missingBytes).sum();
    }

    /// Requests all pages again that were requested and have not arrived, after the connection was
    /// replaced.
    public void repeatRequests() {
        for (Pages pages : blocks.values()) {
            BitSet open;
            lock.lock();
            try {
                open = (BitSet) pages.requested.clone();
            } finally {
                lock.unlock();
            }
            for (int page = open.nextSetBit(0); page >= 0; page = open.nextSetBit(page + 1)) {
                if ((byte) BYTES.getAcquire(pages.missing, page) != 0) {
                    pages.request(page);
                }
            }
        }
    }

    /// Returns the pages of a block that have arrived, as the return path sends them: a bit for
    /// each target page, the lowest bit of a byte first; a multiple of 8 bytes.
    public byte[] receivedBitmap(RamBlock block) {
        Pages pages = pages(block);
        long bits = block.length() / pageSize;
        byte[] bitmap = new byte[bitmapBytes(bits)];
        int perUnit = unit / pageSize;
        for (long bit = 0; bit < bits; bit++) {
            if ((byte) BYTES.getAcquire(pages.missing, (int) (bit / perUnit)) == 0) {
                bitmap[(int) (bit >>> 3)] |= (byte) (1 << (bit & 7));
            }
        }
        return bitmap;
    }

    /// The size of a received bitmap in bytes.
    ///
    /// @param pages the number of target pages
    static int bitmapBytes(long pages) {
        return Math.toIntExact(Math.ceilDiv(pages, Long.SIZE) * Long.BYTES);
    }

    /// Ends the wait for pages that cannot arrive any more, also a later one; pages that have
    /// arrived remain present.
    public void close(IOException reason) {
        lock.lock();
        try {
            if (closed == null) {
                closed = reason;
            }
            arrived.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Memory that waits for missing pages.
    private record OnDemandMemory(GuestMemory memory, PresentPages present) implements GuestMemory {
        @Override
        public Collection<RamBlock> blocks() {
            return memory.blocks();
        }

        private void require(RamBlock block, long offset, long count) throws IOException {
            if (count > 0 && offset >= 0 && count <= block.length() - offset) {
                present.pages(block).require(offset, count);
            }
        }

        @Override
        public void read(RamBlock block, long offset, byte[] target, int at, int count)
                throws IOException {
            require(block, offset, count);
            memory.read(block, offset, target, at, count);
        }

        @Override
        public void write(RamBlock block, long offset, byte[] source, int at, int count)
                throws IOException {
            require(block, offset, count);
            memory.write(block, offset, source, at, count);
        }

        @Override
        public void zero(RamBlock block, long offset, long count) throws IOException {
            require(block, offset, count);
            memory.zero(block, offset, count);
        }

        @Override
        public boolean isZero(RamBlock block, long offset, long count) throws IOException {
            require(block, offset, count);
            return memory.isZero(block, offset, count);
        }

        @Override
        public Optional<MemorySegment> segment(RamBlock block, long offset, long count) {
            return memory.segment(block, offset, count);
        }

        @Override
        public Optional<RamBlock> find(String name) {
            return memory.find(name);
        }

        @Override
        public Optional<DirtyPages> dirtyPages() {
            return memory.dirtyPages();
        }
    }
}
