// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.MemoryDiff;
import org.vmstate.ram.MappedPages;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.ram.RamRecordVisitor;
import org.vmstate.wire.WireReader;

/// Collects the states of the pages of a stream while it is read.
///
/// The memory is divided into at most 2^22 units and one per block, whatever a stream declares. A
/// unit is a page if the memory has fewer of them. If a page is sent several times, the last one
/// counts; in a unit of several pages, data takes precedence over zeros.
final class PageStates implements RamRecordVisitor {
    private static final int USUAL_PAGE_BYTES = 4096;
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(USUAL_PAGE_BYTES);
    private static final long MAX_UNITS = 1 << 22;

    /// The maximum memory of a guest, as in [org.vmstate.ram.RamImage].
    private static final long MAX_BYTES = 1L << 46;

    /// The maximum number of runs of all blocks.
    private static final int MAX_RUNS = 60_000;

    private static final int MAX_FOLD = 22;
    private static final byte MISSING = 0;
    private static final byte ZERO = 1;
    private static final byte DATA = 2;

    private final Map<String, byte[]> units = new HashMap<>();
    private List<RamBlock> blocks = List.of();
    private int unitShift = PAGE_SHIFT;
    private @Nullable RamContext context;
    private @Nullable RamBlock lastBlock;
    private byte[] last = {};

    /// Sets the context of the stream, whose blocks are used.
    void context(RamContext of) {
        context = of;
    }

    @Override
    public void record(RamRecordReader records) throws IOException {
        switch (records.kind()) {
            case PAGE -> {
                long size = records.payloadLength();
                mark(records, DATA, size * records.skipRun());
            }
            case XBZRLE_PAGE, COMPRESSED_PAGE -> mark(records, DATA, 1);
            case ZERO_PAGE -> mark(records, records.fill() == 0 ? ZERO : DATA, 1);
            case BLOCK_LIST -> declare();
            case MULTIFD_FLUSH, HOOK, END_OF_SECTION -> {}
        }
    }

    private void declare() {
        if (context == null || !blocks.isEmpty()) {
            return;
        }
        List<RamBlock> declared = List.copyOf(context.blocks());
        long total = 0;
        for (RamBlock block : declared) {
            if (block.length() < 0 || block.length() > MAX_BYTES - total) {
                return; // no memory of a guest is that large
            }
            total += block.length();
        }
        while (total >>> unitShift > MAX_UNITS) {
            unitShift++;
        }
        for (RamBlock block : declared) {
            long count = Math.ceilDiv(block.length(), 1L << unitShift);
            units.put(block.name(), new byte[Math.toIntExact(count)]);
        }
        blocks = declared;
    }

    /// Marks the units of `length` bytes from the page of a record on.
    @SuppressWarnings("ReferenceEquality") // fast path: most records are of the same block
    private void mark(RamRecordReader records, byte state, long length) {
        RamBlock block = records.block();
        if (block != lastBlock) {
            lastBlock = block;
            last = units.getOrDefault(block.name(), new byte[0]);
        }
        long end = Math.min(last.length, ((records.offset() + length - 1) >>> unitShift) + 1);
        for (int at = (int) Math.min(end, records.offset() >>> unitShift); at < end; at++) {
            last[at] = unitShift > PAGE_SHIFT ? (byte) Math.max(last[at], state) : state;
        }
    }

    /// Returns the map, after the stream was read.
    ///
    /// @param in the stream, for the bitmaps of `mapped-ram`
    /// @param diff the differences from another stream
    @Nullable ReportMemory map(WireReader in, @Nullable MemoryDiff diff) throws IOException {
        RamContext ram = context;
        if (ram == null || blocks.isEmpty()) {
            return null;
        }
        int pageBytes = ram.pageSize().map(PageSize::bytes).orElse(USUAL_PAGE_BYTES);
        mapped(in, ram, pageBytes);
        int pageUnits = Math.max(1, pageBytes >>> unitShift);
        if (pageUnits > 1) {
            units.values().forEach(states -> spread(states, pageUnits));
        }
        int fold = 0;
        while (runCount(fold) > MAX_RUNS && fold < MAX_FOLD) {
            fold++;
        }
        List<ReportMemory.Block> drawn = new ArrayList<>();
        for (RamBlock block : blocks) {
            drawn.add(
                    new ReportMemory.Block(
                            block.name(),
                            block.length(),
                            runs(states(block), fold),
                            changes(block, diff)));
        }
        return new ReportMemory(pageBytes, 1L << (unitShift + fold), drawn);
    }

    private byte[] states(RamBlock block) {
        return units.getOrDefault(block.name(), new byte[0]);
    }

    private static List<MemoryDiff.Range> changes(RamBlock block, @Nullable MemoryDiff diff) {
        if (diff == null) {
            return List.of();
        }
        return diff.blocks().stream()
                .filter(b -> b.name().equals(block.name()))
                .flatMap(b -> b.ranges().stream())
                .limit(20_000)
                .toList();
    }

    private void mapped(WireReader in, RamContext ram, int pageBytes) throws IOException {
        for (Map.Entry<RamBlock, MappedPages> entry : MappedPages.of(in, ram).entrySet()) {
            byte[] states = states(entry.getKey());
            long pages = entry.getKey().length() / pageBytes;
            for (long page = 0; page < pages; page++) {
                int unit = (int) ((page * pageBytes) >>> unitShift);
                byte state = entry.getValue().present(page) ? DATA : ZERO;
                states[unit] = (byte) Math.max(states[unit], state);
            }
        }
    }

    /// Copies the state of the first unit of each page to its others.
    private static void spread(byte[] states, int pageUnits) {
        for (int i = 0; i < states.length; i++) {
            states[i] = states[i - i % pageUnits];
        }
    }

    private long runCount(int fold) {
        long count = 0;
        for (RamBlock block : blocks) {
            byte[] states = states(block);
            byte before = -1;
            for (int from = 0; from < states.length; from += 1 << fold) {
                byte state = state(states, from, fold);
                count += state == before ? 0 : 1;
                before = state;
            }
        }
        return count;
    }

    /// The state of `1 << fold` units.
    private static byte state(byte[] states, int from, int fold) {
        byte state = states[from];
        for (int i = from + 1; i < Math.min(states.length, from + (1 << fold)); i++) {
            state = (byte) Math.max(state, states[i]);
        }
        return state;
    }

    private static ReportMemory.State state(byte number) {
        return switch (number) {
            case MISSING -> ReportMemory.State.MISSING;
            case ZERO -> ReportMemory.State.ZERO;
            default -> ReportMemory.State.DATA;
        };
    }

    /// The runs of units of `1 << fold` each.
    private static List<ReportMemory.Run> runs(byte[] states, int fold) {
        List<ReportMemory.Run> runs = new ArrayList<>();
        byte current = MISSING;
        long count = 0;
        for (int from = 0; from < states.length; from += 1 << fold) {
            byte state = state(states, from, fold);
            if (count > 0 && state != current) {
                runs.add(new ReportMemory.Run(count, state(current)));
                count = 0;
            }
            current = state;
            count++;
        }
        if (count > 0) {
            runs.add(new ReportMemory.Run(count, state(current)));
        }
        return runs;
    }
}
