// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.MemoryDiff.PageChange;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.ram.RamBlock;
import org.vmstate.wire.CancelledException;

/// Compares the memory of two machines page by page.
///
/// **In step.** As long as both streams contain the same pages in the same order, pages are
/// compared as they come, and the results are flags in the index. Then the files are read once,
/// from front to back. **By index.** After the first difference in order, the rest of both streams
/// is indexed; the pages that were not compared in step, or that came again, are compared at the
/// end in the order of addresses.
final class MemoryComparison {
    private static final int STEP_PAGES = 4096;
    private static final byte[] ZEROS = new byte[1 << 16];
    private static final MemorySegment ZERO_MEMORY = MemorySegment.ofArray(ZEROS).asReadOnly();

    private MemoryComparison() {}

    /// A position in the pages of a walk.
    private static final class Cursor {
        private final PageWalk walk;
        private PageWalk.Batch batch;
        private int index;

        Cursor(PageWalk walk) throws CancelledException {
            this.walk = walk;
            this.batch = walk.take();
        }

        /// Whether there is a page at this position; waits for the next batch.
        boolean more() throws CancelledException {
            while (index == batch.count()) {
                if (batch.last()) {
                    return false;
                }
                batch = walk.take();
                index = 0;
            }
            return true;
        }
    }

    /// Reads two walks to their end and indexes their pages.
    ///
    /// @return the pages of the first and of the second stream
    static StreamPages[] index(PageWalk before, PageWalk after) throws IOException {
        Cursor a = new Cursor(before);
        Cursor b = new Cursor(after);
        StreamPages pages = pages(before);
        StreamPages others = pages(after);
        int[] counterparts = counterparts(pages, others);
        int[] back = counterparts(others, pages);
        if (pages.pageSize() == others.pageSize()) {
            inStep(a, b, pages, others, counterparts);
        }
        boolean moreBefore = a.more();
        boolean moreAfter = b.more();
        while (moreBefore || moreAfter) {
            while (a.index < a.batch.count()) {
                pages.set(a.batch.block(a.index), a.batch.offset(a.index), entry(a));
                a.index++;
            }
            while (b.index < b.batch.count()) {
                int block = b.batch.block(b.index);
                long offset = b.batch.offset(b.index);
                others.set(block, offset, entry(b));
                if (back[block] >= 0 && offset < pages.blocks().get(back[block]).length()) {
                    pages.unresolve(back[block], offset);
                }
                b.index++;
            }
            moreBefore = a.more();
            moreAfter = b.more();
        }
        return new StreamPages[] {pages, others};
    }

    private static long entry(Cursor cursor) {
        return cursor.batch.entry(cursor.index);
    }

    private static StreamPages pages(PageWalk walk) throws IOException {
        return new StreamPages(
                walk.memory(), walk.start(), walk.pageSize(), walk.blocks(), Map.of());
    }

    /// The numbers of the blocks of the same names, or -1.
    private static int[] counterparts(StreamPages pages, StreamPages others) {
        int[] numbers = new int[pages.blocks().size()];
        for (int i = 0; i < numbers.length; i++) {
            Integer number = others.number(pages.blocks().get(i).name());
            numbers[i] = number == null ? -1 : number;
        }
        return numbers;
    }

    private static void inStep(
            Cursor a, Cursor b, StreamPages pages, StreamPages others, int[] counterparts)
            throws IOException {
        MemorySegment memory = pages.memory();
        MemorySegment otherMemory = others.memory();
        int size = pages.pageSize();
        while (a.more() && b.more()) {
            int block = a.batch.block(a.index);
            int other = b.batch.block(b.index);
            long offset = a.batch.offset(a.index);
            if (counterparts[block] != other || offset != b.batch.offset(b.index)) {
                return;
            }
            long entry = entry(a);
            long otherEntry = entry(b);
            int content = StreamPages.content(entry);
            int otherContent = StreamPages.content(otherEntry);
            long flag = 0;
            if (content == PageSource.DATA && otherContent == PageSource.DATA) {
                long at = pages.position(entry);
                long otherAt = others.position(otherEntry);
                flag =
                        MappedComparison.mismatch(memory, at, otherMemory, otherAt, size) < 0
                                ? StreamPages.EQUAL
                                : StreamPages.DIFFERENT;
            } else if (content == otherContent) {
                flag = StreamPages.EQUAL;
            }
            pages.set(block, offset, entry | flag);
            others.set(other, offset, otherEntry);
            a.index++;
            b.index++;
        }
    }

    /// Compares the memory of two machines.
    static MemoryDiff compare(PageSource before, PageSource after, DiffRules rules)
            throws IOException {
        int unit = Math.min(before.pageSize(), after.pageSize());
        Map<String, Integer> numbers = new HashMap<>();
        for (int j = 0; j < after.blocks().size(); j++) {
            numbers.put(after.blocks().get(j).name(), j);
        }
        List<MemoryDiff.BlockDiff> blocks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < before.blocks().size(); i++) {
            RamBlock block = before.blocks().get(i);
            names.add(block.name());
            Integer number = numbers.get(block.name());
            if (number == null) {
                blocks.add(alone(block, true));
            } else {
                blocks.add(new Blocks(before, i, after, number, unit, rules).compare());
            }
        }
        for (RamBlock block : after.blocks()) {
            if (!names.contains(block.name())) {
                blocks.add(alone(block, false));
            }
        }
        return new MemoryDiff(unit, blocks);
    }

    private static MemoryDiff.BlockDiff alone(RamBlock block, boolean before) {
        Optional<RamBlock> present = Optional.of(block);
        return new MemoryDiff.BlockDiff(
                block.name(),
                before ? present : Optional.empty(),
                before ? Optional.empty() : present,
                new MemoryDiff.Counts(0, 0, 0, 0, 0, 0, 0, 0),
                List.of(),
                0);
    }

    /// The comparison of two blocks of the same name.
    private static final class Blocks {
        private final PageSource before;
        private final int block;
        private final PageSource after;
        private final int other;
        private final int unit;
        private final List<DiffRule.Memory> allowances;
        private final @Nullable StreamPages flags;
        private final Map<PageChange, Long> counts = new EnumMap<>(PageChange.class);
        private final List<MemoryDiff.Range> ranges = new ArrayList<>();
        private long equal;
        private long neither;
        private long allowed;
        private long moreRanges;
        private @Nullable PageChange change;
        private long from;
        private long to;

        Blocks(
                PageSource before,
                int block,
                PageSource after,
                int other,
                int unit,
                DiffRules rules) {
            this.before = before;
            this.block = block;
            this.after = after;
            this.other = other;
            this.unit = unit;
            this.allowances = rules.memory(before.blocks().get(block).name());
            this.flags =
                    before instanceof StreamPages pages
                                    && after instanceof StreamPages others
                                    && !pages.mapped(block)
                                    && !others.mapped(other)
                            ? pages
                            : null;
        }

        MemoryDiff.BlockDiff compare() throws IOException {
            RamBlock first = before.blocks().get(block);
            RamBlock second = after.blocks().get(other);
            long length = Math.min(first.length(), second.length());
            int steps = 0;
            for (long at = 0; at < length; at += unit) {
                if (++steps % STEP_PAGES == 0) {
                    CancelledException.throwIfInterrupted();
                }
                long next =
                        Math.min(
                                        length,
                                        Math.min(
                                                before.nextPresent(block, at),
                                                after.nextPresent(other, at)))
                                & -unit;
                if (next > at) {
                    neither += (next - at) / unit;
                    at = next;
                    if (at >= length) {
                        break;
                    }
                }
                page(at, (int) Math.min(unit, length - at));
            }
            end();
            MemoryDiff.Counts numbers =
                    new MemoryDiff.Counts(
                            equal,
                            count(PageChange.CHANGED),
                            count(PageChange.ZEROED),
                            count(PageChange.FILLED),
                            count(PageChange.ONLY_BEFORE),
                            count(PageChange.ONLY_AFTER),
                            neither,
                            allowed);
            return new MemoryDiff.BlockDiff(
                    first.name(),
                    Optional.of(first),
                    Optional.of(second),
                    numbers,
                    ranges,
                    moreRanges);
        }

        private long count(PageChange kind) {
            return counts.getOrDefault(kind, 0L);
        }

        private void page(long at, int size) throws IOException {
            boolean differs = false;
            if (flags != null) {
                long entry = flags.entry(block, at);
                if ((entry & StreamPages.EQUAL) != 0) {
                    equal++;
                    return;
                }
                differs = (entry & StreamPages.DIFFERENT) != 0;
            }
            int content = before.content(block, at);
            int otherContent = after.content(other, at);
            if (content == PageSource.MISSING && otherContent == PageSource.MISSING) {
                neither++;
            } else if (content == PageSource.MISSING) {
                differ(at, size, PageChange.ONLY_AFTER);
            } else if (otherContent == PageSource.MISSING) {
                differ(at, size, PageChange.ONLY_BEFORE);
            } else if (!differs && same(at, size, content, otherContent)) {
                equal++;
            } else if (zero(after, other, at, size, otherContent)) {
                differ(at, size, PageChange.ZEROED);
            } else if (zero(before, block, at, size, content)) {
                differ(at, size, PageChange.FILLED);
            } else {
                differ(at, size, PageChange.CHANGED);
            }
        }

        private boolean same(long at, int size, int content, int otherContent) throws IOException {
            if (content == PageSource.DATA && otherContent == PageSource.DATA) {
                long position = before.locate(block, at);
                long otherPosition = after.locate(other, at);
                return MappedComparison.mismatch(
                                before.memory(), position, after.memory(), otherPosition, size)
                        < 0;
            } else if (content == PageSource.DATA) {
                return filled(before, block, at, size, otherContent);
            } else if (otherContent == PageSource.DATA) {
                return filled(after, other, at, size, content);
            }
            return content == otherContent;
        }

        private static boolean zero(PageSource in, int block, long at, int size, int content)
                throws IOException {
            return content == PageSource.DATA ? filled(in, block, at, size, 0) : content == 0;
        }

        private static boolean filled(PageSource in, int block, long at, int size, int fill)
                throws IOException {
            long position = in.locate(block, at);
            MemorySegment memory = in.memory();
            if (fill == 0) {
                return MappedComparison.mismatch(memory, position, ZERO_MEMORY, 0, size) < 0;
            }
            for (int i = 0; i < size; i++) {
                if (memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, position + i)
                        != (byte) fill) {
                    return false;
                }
            }
            return true;
        }

        private void differ(long at, int size, PageChange kind) {
            for (DiffRule.Memory rule : allowances) {
                if (at >= rule.from() && at < rule.to()) {
                    allowed++;
                    return;
                }
            }
            counts.merge(kind, 1L, Long::sum);
            if (kind != change || at != to) {
                end();
                change = kind;
                from = at;
            }
            to = at + size;
        }

        private void end() {
            PageChange last = change;
            if (last == null) {
                return;
            }
            if (ranges.size() < MemoryDiff.MAX_RANGES) {
                ranges.add(new MemoryDiff.Range(from, to, last));
            } else {
                moreRanges++;
            }
            change = null;
        }
    }
}
