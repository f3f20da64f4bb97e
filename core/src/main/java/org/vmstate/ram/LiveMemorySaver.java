// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.Progress;
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

    private final WireWriter out;
    private final @Nullable DirtyPages dirty;
    private final int pageSize;

    /// The number of bytes that a bit of [Block#unsent] stands for, one or more pages.
    private final int unit;

    private final RamBodyWriter records;
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

    /// A block and its pages that are to be sent, by units.
    private record Block(BlockMemory memory, BitSet unsent) {}

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
        this.records =
                new RamBodyWriter(
                        out,
                        memory,
                        _ -> true,
                        pageSize,
                        false,
                        new Tally(Progress.NONE, Progress.Phase.OUTPUT, OptionalLong.empty()));
        for (RamBlock block : memory.blocks()) {
            int units = Math.toIntExact(Math.ceilDiv(block.length(), unit));
            BitSet unsent = new BitSet(units);
            unsent.set(0, units);
            unsentUnits += units;
            blocks.add(new Block(BlockMemory.of(memory, block), unsent));
        }
    }

    /// Sends pages through multifd channels, too. To be called before [#start()].
    public LiveMemorySaver multifd(MultifdSender sender) {
        channels = Objects.requireNonNull(sender);
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
        Counters sent = new Counters(pages, zeroPages, 0, bytes, syncs);
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
        long from = out.position();
        boolean ended = dirty != null && scan(maxBytes, deadline, true);
        end(from);
        return ended;
    }

    /// Writes the body of the END section: collects and sends all pages that are left. The machine
    /// must be stopped.
    public void complete() throws IOException {
        long from = out.position();
        sync();
        while (unsentUnits > 0) {
            scan(Long.MAX_VALUE, 0, false);
        }
        if (channels != null) {
            syncPoint(channels);
        }
        end(from);
        if (channels != null) {
            channels.drain();
        }
    }

    private void end(long from) throws IOException {
        MultifdSender sender = channels;
        if (sender != null && !sender.form().flushRecords()) {
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
                inPackets += unit(block.memory, (long) next * unit);
                next = block.unsent.nextSetBit(next + 1);
            }
            scanBlock++;
            scanUnit = 0;
        }
        scanBlock = 0;
        if (channels != null) {
            syncPoint(channels);
        }
        return true;
    }

    /// Sends the pages of a unit; returns the number of bytes that are sent through channels.
    private long unit(BlockMemory block, long offset) throws IOException {
        long end = Math.min(offset + unit, block.block().length());
        MultifdSender sender = channels;
        long inPackets = 0;
        for (long at = offset; at < end; at += pageSize) {
            if (sender != null && sender.form().zeroPages() && block.isShared()) {
                sender.page(block, at, pageSize);
                inPackets += pageSize;
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
