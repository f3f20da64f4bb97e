// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.progress.Tally;
import org.vmstate.stream.Command;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.Progress;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes the bodies of the `ram` sections of a machine that runs meanwhile.
///
/// ```java
/// saver.start();                                   // the body of START
/// while (saver.pendingBytes() > enough) {
///     if (saver.iterate(maxBytes, deadline)) {     // the body of a PART
///         saver.sync();
///     }
/// }
/// machine.stop();
/// saver.complete();                                // the body of END
/// ```
///
/// A scan passes over all blocks in their order. The first one sends every page; each later one
/// sends the pages that [#sync()] found to have been written to since they were sent. A page that
/// is written to while it is sent is sent again, because its mark is collected by a later
/// [#sync()].
///
/// Memory without [GuestMemory#dirtyPages()] can only be sent while the machine is stopped:
/// [#iterate] sends nothing then, and [#complete()] everything.
///
/// Pages of native segments are written from where they are, without a copy, if the channel of the
/// writer gathers. They are read no later than the end of the body is written.
///
/// Not thread-safe. QEMU: `ram_save_setup`, `ram_save_iterate`, `ram_save_complete`.
public final class LiveMemorySaver {
    /// The number of pages between two checks of the deadline.
    private static final int STEP_PAGES = 64;

    /// The largest number of ranges in one command, as in QEMU.
    private static final int MAX_DISCARDS = 12;

    private final GuestMemory memory;
    private WireWriter out;
    private final @Nullable DirtyPages dirty;
    private final int pageSize;

    /// The number of bytes that a bit of [Block#unsent] stands for, one or more pages.
    private final int unit;

    private RamBodyWriter records;
    private final PageBuffers buffers = new PageBuffers(WireWriter.REFERENCES);
    private final List<Block> blocks = new ArrayList<>();
    private byte[] chunk = new byte[0];

    /// The first period whose changes were not collected.
    private long period;

    private long unsentUnits;

    /// The block of the scan, and the unit in it.
    private int scanBlock;

    private int scanUnit;

    private long pages;
    private long zeroPages;
    private long bytes;
    private long syncs;

    private @Nullable MultifdSender channels;

    private boolean channelsEnded;

    /// The size of the cache of [#xbzrle]; 0 without.
    private long cacheBytes;

    private @Nullable XbzrleCache cache;
    private byte[] before = new byte[0];
    private byte[] delta = new byte[0];

    /// Whether the machine runs at the destination.
    private boolean postcopy;

    /// The pages that the destination has asked for and that were not looked at yet.
    private final Queue<Request> requests = new ConcurrentLinkedQueue<>();

    /// The number of scans that have ended.
    private int scans;

    private long deltas;

    /// A block and its pages that are to be sent, by units.
    ///
    /// @param firstPage the number of the block's first page among those of all blocks
    private record Block(BlockMemory memory, BitSet unsent, long firstPage) {}

    /// Pages that the destination needs.
    private record Request(Block block, long offset, long length) {}

    /// What was sent.
    ///
    /// @param pages the number of pages in full
    /// @param zeroPages the number of zero pages
    /// @param deltas the number of pages as XBZRLE deltas
    /// @param bytes the number of bytes of all bodies and channels
    /// @param syncs the number of calls of [#sync()]
    public record Counters(long pages, long zeroPages, long deltas, long bytes, long syncs) {}

    /// Creates a saver that writes to `out`.
    ///
    /// @throws IllegalArgumentException if a block does not consist of one or more whole pages, or
    ///   if its name has not 1 to 255 bytes
    public LiveMemorySaver(WireWriter out, GuestMemory memory, int pageSize) {
        RamBodyWriter.check(memory.blocks(), pageSize);
        this.out = out;
        this.dirty = memory.dirtyPages().orElse(null);
        this.pageSize = pageSize;
        this.unit = Math.max(pageSize, DirtyPages.PAGE_BYTES);
        this.memory = memory;
        this.records = records(out, memory, pageSize);
        long firstPage = 0;
        for (RamBlock block : memory.blocks()) {
            int units = Math.toIntExact(Math.ceilDiv(block.length(), unit));
            BitSet unsent = new BitSet(units);
            unsent.set(0, units);
            unsentUnits += units;
            blocks.add(new Block(BlockMemory.of(memory, block), unsent, firstPage));
            firstPage += block.length() / pageSize;
        }
    }

    private static RamBodyWriter records(WireWriter out, GuestMemory memory, int pageSize) {
        return new RamBodyWriter(
                out,
                memory,
                _ -> true,
                pageSize,
                false,
                new Tally(Progress.NONE, Progress.Phase.OUTPUT, OptionalLong.empty()));
    }

    /// Sends pages through multifd channels, too. To be called before [#start()].
    ///
    /// @throws IllegalStateException if [#xbzrle] was called
    public LiveMemorySaver multifd(MultifdSender sender) {
        if (cacheBytes != 0) {
            throw new IllegalStateException("multifd with XBZRLE");
        }
        channels = Objects.requireNonNull(sender);
        return this;
    }

    /// Sends the changes of a page instead of the page where these are smaller, from the second
    /// scan on. To be called before [#start()]. Any destination decodes this. QEMU: `xbzrle`,
    /// `xbzrle-cache-size`.
    ///
    /// @param maxBytes the size of the cache of pages that were sent, which is outside of the heap
    /// @throws IllegalArgumentException if it is less than a page
    /// @throws IllegalStateException if [#multifd] was called
    public LiveMemorySaver xbzrle(long maxBytes) {
        if (maxBytes < pageSize) {
            throw new IllegalArgumentException("an XBZRLE cache of " + maxBytes + " bytes");
        }
        if (channels != null) {
            throw new IllegalStateException("XBZRLE with multifd");
        }
        cacheBytes = maxBytes;
        return this;
    }

    /// Returns whether pages can be sent while the machine runs.
    public boolean live() {
        return dirty != null;
    }

    /// Writes the body of the START section: the block list.
    public void start() throws IOException {
        if (dirty != null) {
            period = dirty.sync();
        }
        long from = out.position();
        records.blockList();
        if (channels != null) {
            channels.start(pageSize);
            syncPoint(channels);
        }
        end(from);
    }

    /// Collects the pages that were written to since the last call, or since [#start()]. Called
    /// when a scan has ended; it may be called at any other time, too.
    public void sync() {
        syncs++;
        if (dirty == null) {
            return;
        }
        long next = dirty.sync();
        for (Block block : blocks) {
            long at = dirty.nextDirty(block.memory.block(), 0, period);
            while (at >= 0) {
                int number = (int) (at / unit);
                if (!block.unsent.get(number)) {
                    block.unsent.set(number);
                    unsentUnits++;
                }
                at = dirty.nextDirty(block.memory.block(), (number + 1L) * unit, period);
            }
        }
        period = next;
    }

    /// Returns the number of bytes of guest memory that are to be sent, as far as [#sync()] has
    /// found them.
    public long pendingBytes() {
        return unsentUnits * unit;
    }

    /// Returns what was sent.
    public Counters counters() {
        Counters sent = new Counters(pages, zeroPages, deltas, bytes, syncs);
        if (channels == null) {
            return sent;
        }
        Counters others = channels.counters();
        return new Counters(
                pages + others.pages(),
                zeroPages + others.zeroPages(),
                0,
                bytes + others.bytes(),
                syncs);
    }

    /// Writes the body of a PART section: the next pages, until about `maxBytes` were written, the
    /// deadline has passed or the scan has ended.
    ///
    /// @param deadline the value of [System#nanoTime()] at which the body ends
    /// @return whether the scan has ended, so that the next call begins a new one
    public boolean iterate(long maxBytes, long deadline) throws IOException {
        channelsEnded = false;
        long from = out.position();
        boolean ended = (dirty != null || postcopy) && scan(maxBytes, deadline, true);
        end(from);
        return ended;
    }

    /// Writes the body of the END section: collects and sends all pages that are left. The machine
    /// must be stopped.
    public void complete() throws IOException {
        long from = out.position();
        if (!postcopy) {
            sync();
        }
        while (unsentUnits > 0) {
            scan(Long.MAX_VALUE, 0, false);
        }
        if (channels != null && !postcopy) {
            syncPoint(channels);
        }
        end(from);
        if (channels != null && !postcopy) {
            channels.drain();
        }
    }

    /// Writes the body of a PART section without pages, after which the multifd channels have
    /// received all that was sent, and are not used any more. To be called before
    /// [#beginPostcopy()] if there are channels.
    public void endChannels() throws IOException {
        long from = out.position();
        if (channels != null) {
            syncPoint(channels);
        }
        end(from);
        if (channels != null) {
            channels.drain();
            channelsEnded = true;
        }
    }

    /// Begins postcopy, with the machine stopped. The pages that are left are sent by the following
    /// bodies, each once, and first those that the destination [requests][#request].
    ///
    /// @return the discards of these pages, for the destination
    /// @throws IllegalStateException if there are multifd channels that have not
    ///   [ended][#endChannels]
    public List<Command.RamDiscard> beginPostcopy() {
        if (channels != null && !channelsEnded) {
            throw new IllegalStateException("postcopy while pages are in multifd channels");
        }
        sync();
        postcopy = true;
        scanBlock = 0;
        scanUnit = 0;
        List<Command.RamDiscard> discards = new ArrayList<>();
        for (Block block : blocks) {
            discards(block, discards);
        }
        return discards;
    }

    private void discards(Block block, List<Command.RamDiscard> discards) {
        String name = block.memory.block().name();
        long length = block.memory.block().length();
        List<Command.RamDiscard.Range> ranges = new ArrayList<>();
        int from = block.unsent.nextSetBit(0);
        while (from >= 0) {
            int end = block.unsent.nextClearBit(from);
            long start = (long) from * unit;
            ranges.add(
                    new Command.RamDiscard.Range(
                            start, Math.min((long) end * unit, length) - start));
            if (ranges.size() == MAX_DISCARDS) {
                discards.add(new Command.RamDiscard(name, ranges));
                ranges.clear();
            }
            from = block.unsent.nextSetBit(end);
        }
        if (!ranges.isEmpty()) {
            discards.add(new Command.RamDiscard(name, ranges));
        }
    }

    /// Takes a request of the destination in postcopy; pages that were sent are not sent again. May
    /// be called by any thread.
    ///
    /// @param start the offset in the block
    /// @throws CorruptException if there is no such block, or if the range does not consist of
    ///   pages of the block
    public void request(String name, long start, long length) throws CorruptException {
        Block block = block(name);
        long end = block.memory.block().length();
        if ((start | length) % pageSize != 0) {
            throw new CorruptException(
                    "MIG_RP_MSG_REQ_PAGES: Misaligned page request, start: %x len: %d"
                            .formatted(start, length),
                    VMStateException.NO_OFFSET);
        }
        if (start < 0 || length <= 0 || start > end || length > end - start) {
            throw new CorruptException(
                    "a request of %d bytes at 0x%x of block %s, which has 0x%x"
                            .formatted(length, start, Printable.quoted(name), end),
                    VMStateException.NO_OFFSET);
        }
        requests.add(new Request(block, start, length));
    }

    private Block block(String name) throws CorruptException {
        for (Block block : blocks) {
            if (block.memory.block().name().equals(name)) {
                return block;
            }
        }
        throw new CorruptException(
                "a request of pages of block " + Printable.quoted(name) + ", which does not exist",
                VMStateException.NO_OFFSET);
    }

    private void requestedPages() throws IOException {
        Request request = requests.poll();
        boolean sent = false;
        while (request != null) {
            int last = (int) ((request.offset + request.length - 1) / unit);
            for (int page = (int) (request.offset / unit); page <= last; page++) {
                if (request.block.unsent.get(page)) {
                    request.block.unsent.clear(page);
                    unsentUnits--;
                    unit(request.block, (long) page * unit);
                    sent = true;
                }
            }
            request = requests.poll();
        }
        if (sent) {
            out.flush(); // somebody waits
        }
    }

    /// Continues postcopy on a new connection. The caller then passes the [bitmaps][#received] of
    /// all blocks.
    public void reconnect(WireWriter newOut) {
        out = newOut;
        records = records(newOut, memory, pageSize);
        requests.clear();
        scanBlock = 0;
        scanUnit = 0;
    }

    /// Takes the pages of a block that the destination has; the others are sent again.
    ///
    /// @param bitmap as in [PresentPages#receivedBitmap]
    /// @throws CorruptException if there is no such block, or the bitmap has another size
    public void received(String name, byte[] bitmap) throws CorruptException {
        Block block = block(name);
        long bits = block.memory.block().length() / pageSize;
        if (bitmap.length != PresentPages.bitmapBytes(bits)) {
            throw new CorruptException(
                    "ramblock '%s' bitmap size mismatch (0x%x != 0x%x)"
                            .formatted(name, bitmap.length, PresentPages.bitmapBytes(bits)),
                    VMStateException.NO_OFFSET);
        }
        unsentUnits -= block.unsent.cardinality();
        block.unsent.clear();
        int perUnit = unit / pageSize;
        for (long bit = 0; bit < bits; bit++) {
            if ((bitmap[(int) (bit >>> 3)] >>> (bit & 7) & 1) == 0) {
                block.unsent.set((int) (bit / perUnit));
            }
        }
        unsentUnits += block.unsent.cardinality();
    }

    private void end(long from) throws IOException {
        MultifdSender sender = channels;
        if (sender != null && !postcopy && !sender.form().flushRecords()) {
            sender.sync();
        }
        records.end();
        out.flush();
        bytes += out.position() - from;
    }

    /// Synchronizes the channels, if they are by records and not by the end of the body.
    private void syncPoint(MultifdSender sender) throws IOException {
        if (sender.form().flushRecords()) {
            sender.sync();
            records.multifdFlush();
            out.flush(); // the channels of the destination wait for it
        }
    }

    /// Sends the pages from the position of the scan on; returns whether the scan has ended.
    private boolean scan(long maxBytes, long deadline, boolean timed) throws IOException {
        long from = out.position();
        long inPackets = 0;
        while (scanBlock < blocks.size()) {
            Block block = blocks.get(scanBlock);
            int steps = STEP_PAGES;
            int next = block.unsent.nextSetBit(scanUnit);
            while (next >= 0) {
                scanUnit = next;
                if (!requests.isEmpty()) {
                    requestedPages();
                    next = block.unsent.nextSetBit(scanUnit);
                    continue;
                }
                if (out.position() - from + inPackets >= maxBytes) {
                    return false;
                }
                if (--steps == 0) {
                    steps = STEP_PAGES;
                    if (timed && System.nanoTime() - deadline >= 0) {
                        return false;
                    }
                }
                block.unsent.clear(next);
                unsentUnits--;
                inPackets += unit(block, (long) next * unit);
                next = block.unsent.nextSetBit(next + 1);
            }
            scanBlock++;
            scanUnit = 0;
        }
        scanBlock = 0;
        scans++;
        if (channels != null && !postcopy) {
            syncPoint(channels);
        }
        return true;
    }

    /// Sends the pages of a unit; returns the number of bytes that are sent through channels.
    private long unit(Block of, long offset) throws IOException {
        BlockMemory block = of.memory;
        long end = Math.min(offset + unit, block.block().length());
        MultifdSender sender = postcopy ? null : channels;
        long inPackets = 0;
        for (long at = offset; at < end; at += pageSize) {
            if (sender != null && sender.form().zeroPages() && block.isShared()) {
                sender.page(block, at, pageSize);
                inPackets += pageSize;
            } else if (cacheBytes != 0 && scans > 0 && !postcopy) {
                cachedPage(block, at, of.firstPage + at / pageSize);
            } else if (isZero(block, at)) {
                records.zeroPage(block.block(), at);
                zeroPages++;
            } else if (sender != null) {
                sender.page(block, at, pageSize);
                inPackets += pageSize;
            } else {
                page(block, at);
                pages++;
            }
        }
        return inPackets;
    }

    /// Sends a page by what was sent of it before. What is sent is a copy, because the guest may
    /// write to the page meanwhile.
    private void cachedPage(BlockMemory block, long offset, long key) throws IOException {
        XbzrleCache sent = cache();
        block.read(offset, chunk, 0, pageSize);
        if (Pages.isZero(chunk, 0, pageSize)) {
            sent.zero(key);
            records.zeroPage(block.block(), offset);
            zeroPages++;
            return;
        }
        int length = Xbzrle.OVERFLOW;
        if (sent.get(key, scans, before)) {
            length = Xbzrle.encode(before, 0, chunk, 0, pageSize, delta);
        }
        if (length == 0) {
            return;
        }
        if (length > 0) {
            records.delta(block.block(), offset, delta, length);
            deltas++;
        } else {
            records.fullPage(block.block(), offset, chunk, 0);
            pages++;
        }
        sent.put(key, scans, chunk);
    }

    private XbzrleCache cache() {
        XbzrleCache made = cache;
        if (made == null) {
            made = new XbzrleCache(cacheBytes, pageSize);
            cache = made;
            before = new byte[pageSize];
            delta = new byte[pageSize];
            chunk = new byte[pageSize];
        }
        return made;
    }

    /// Returns whether a page is zero; if not, and if it is not in a segment, it is in [#chunk].
    private boolean isZero(BlockMemory block, long offset) throws IOException {
        if (block.segment() != null) {
            return Pages.isZero(block.segment(), offset, pageSize);
        }
        if (chunk.length == 0) {
            chunk = new byte[pageSize];
        }
        block.read(offset, chunk, 0, pageSize);
        return Pages.isZero(chunk, 0, pageSize);
    }

    private void page(BlockMemory block, long offset) throws IOException {
        if (block.windows() != null) {
            records.page(block.block(), offset, buffers.at(block.windows(), offset, pageSize));
        } else if (block.segment() != null) {
            records.page(block.block(), offset, block.segment().asSlice(offset, pageSize));
        } else {
            records.fullPage(block.block(), offset, chunk, 0);
        }
    }
}
