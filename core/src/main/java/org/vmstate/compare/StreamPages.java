// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.MappedPages;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.wire.WireReader;

/// The memory of a machine in the mapped file of its stream: an index with the position of the last
/// content of each page.
///
/// The index takes 8 bytes per page that was received, in parts that are allocated when a page
/// arrives, so that its size does not depend on what a stream declares. `mapped-ram` needs none,
/// because the stream has one.
final class StreamPages implements PageSource {
    /// The bits of an entry besides the position or fill byte.
    static final long EQUAL = 1L << 62;

    static final long DIFFERENT = 1L << 61;
    private static final long FLAGS = EQUAL | DIFFERENT;

    /// The number of the first entry that is a position.
    private static final int POSITIONS = 512;

    private static final int SHIFT = 6;
    private static final int MASK = (1 << SHIFT) - 1;

    private final MemorySegment memory;
    private final long start;
    private final int pageSize;
    private final int pageShift;
    private final List<RamBlock> blocks;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<Table> tables = new ArrayList<>();

    /// The entries of one block: 0 for a page that was not received, the fill byte + 1, or the
    /// position of the content + 512.
    private static final class Table {
        private final long pages;
        private final @Nullable MappedPages mapped;
        private final long[][][][] parts;

        Table(long pages, @Nullable MappedPages mapped) {
            this.pages = pages;
            this.mapped = mapped;
            this.parts =
                    mapped == null
                            ? new long[(int) Math.ceilDiv(pages, 1L << (3 * SHIFT))][][][]
                            : new long[0][][][];
        }

        /// The indices of a page's table, row, part, and entry.
        private static int table(long page) {
            return (int) (page >>> (3 * SHIFT));
        }

        private static int row(long page) {
            return (int) (page >>> (2 * SHIFT)) & MASK;
        }

        private static int part(long page) {
            return (int) (page >>> SHIFT) & MASK;
        }

        private static int entry(long page) {
            return (int) page & MASK;
        }

        long get(long page) {
            long[] @Nullable [] @Nullable [] table = parts[table(page)];
            long[] @Nullable [] row = table == null ? null : table[row(page)];
            long @Nullable [] part = row == null ? null : row[part(page)];
            return part == null ? 0 : part[entry(page)];
        }

        void set(long page, long entry) {
            long[][][] table = parts[table(page)];
            if (table == null) {
                table = new long[1 << SHIFT][][];
                parts[table(page)] = table;
            }
            long[][] row = table[row(page)];
            if (row == null) {
                row = new long[1 << SHIFT][];
                table[row(page)] = row;
            }
            long[] part = row[part(page)];
            if (part == null) {
                part = new long[1 << SHIFT];
                row[part(page)] = part;
            }
            part[entry(page)] = entry;
        }

        /// The first page at or after `from` of a part that exists.
        long nextPart(long from) {
            long page = from;
            while (page < pages) {
                long[][][] table = parts[table(page)];
                long[][] row = table == null ? null : table[row(page)];
                if (table == null) {
                    page = next(page, 3 * SHIFT);
                } else if (row == null) {
                    page = next(page, 2 * SHIFT);
                } else if (row[part(page)] == null) {
                    page = next(page, SHIFT);
                } else {
                    return page;
                }
            }
            return pages;
        }

        /// The first page after those that have the same number without the low bits.
        private static long next(long page, int bits) {
            return ((page >>> bits) + 1) << bits;
        }
    }

    /// @param memory the bytes of the stream's file
    /// @param start the absolute offset of the first of these bytes
    StreamPages(
            MemorySegment memory,
            long start,
            int pageSize,
            List<RamBlock> blocks,
            Map<RamBlock, MappedPages> mapped) {
        this.memory = memory;
        this.start = start;
        this.pageSize = pageSize;
        this.pageShift = Integer.numberOfTrailingZeros(pageSize);
        this.blocks = List.copyOf(blocks);
        for (RamBlock block : blocks) {
            numbers.put(block.name(), tables.size());
            tables.add(new Table(Math.ceilDiv(block.length(), (long) pageSize), mapped.get(block)));
        }
    }

    /// Returns the same memory, with the pages of `mapped-ram` if the stream has any.
    StreamPages withMapped(WireReader in, RamContext context) throws IOException {
        Map<RamBlock, MappedPages> mapped = MappedPages.of(in, context);
        return mapped.isEmpty() ? this : new StreamPages(memory, start, pageSize, blocks, mapped);
    }

    /// The number of the block with a name; null if there is none.
    @Nullable Integer number(String name) {
        return numbers.get(name);
    }

    /// Whether the stream itself has the positions of a block's pages.
    boolean mapped(int block) {
        return tables.get(block).mapped != null;
    }

    /// Sets a page to the entry of [#filled] or [#at].
    void set(int block, long offset, long entry) {
        tables.get(block).set(offset >>> pageShift, entry);
    }

    /// The entry of a page, with the flags.
    long entry(int block, long offset) {
        return tables.get(block).get(offset >>> pageShift);
    }

    /// Removes the flags of a page.
    void unresolve(int block, long offset) {
        Table table = tables.get(block);
        long entry = table.get(offset >>> pageShift);
        if ((entry & FLAGS) != 0) {
            table.set(offset >>> pageShift, entry & ~FLAGS);
        }
    }

    static long filled(int fill) {
        return fill + 1L;
    }

    static long at(long position) {
        return position + POSITIONS;
    }

    /// The content of an entry, as of [#content].
    static int content(long entry) {
        long plain = entry & ~FLAGS;
        return plain >= POSITIONS ? DATA : (int) plain - 1;
    }

    /// The position in [#memory()] of the content of an entry.
    long position(long entry) {
        return (entry & ~FLAGS) - POSITIONS - start;
    }

    @Override
    public List<RamBlock> blocks() {
        return blocks;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public int content(int block, long offset) {
        MappedPages pages = tables.get(block).mapped;
        if (pages != null) {
            return pages.present(offset >>> pageShift) ? DATA : 0;
        }
        return content(entry(block, offset));
    }

    @Override
    public long nextPresent(int block, long offset) {
        Table table = tables.get(block);
        return table.mapped != null
                ? offset
                : Math.max(
                        offset,
                        Math.min(
                                blocks.get(block).length(),
                                table.nextPart(offset >>> pageShift) << pageShift));
    }

    @Override
    public long locate(int block, long offset) {
        MappedPages pages = tables.get(block).mapped;
        return pages != null
                ? pages.position(offset) - start
                : position(entry(block, offset)) + (offset & (pageSize - 1));
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }
}
