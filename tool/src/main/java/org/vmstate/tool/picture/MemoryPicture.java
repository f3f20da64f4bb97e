// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.picture;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.vmstate.ram.PageCensus;
import org.vmstate.ram.PageKind;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;
import org.vmstate.tool.picture.Drawing.Colour;
import org.vmstate.tool.show.Amounts;
import org.vmstate.wire.Printable;

/// A picture of memory: each block as a grid of cells, coloured by the kind of the pages in them,
/// with names, addresses and a legend.
///
/// A cell is a page if the memory is small enough. The colour of several pages is that of the first
/// kind among them of: code, text, random, data, zero.
public final class MemoryPicture {
    private static final int WIDTH = 1280;
    private static final int MARGIN = 24;
    private static final int GUTTER = 184;
    private static final int GRID = 1024;

    /// The number of lines of cells of all blocks, if there are not more blocks than that.
    private static final int MOST_LINES = 400;

    private static final int MOST_BLOCKS = 200;
    private static final int LARGE_CELL = 8;
    private static final int SMALL_CELL = 4;

    /// The number of pixels between two addresses.
    private static final int ADDRESS_DISTANCE = 32;

    private static final List<PageKind> KINDS =
            List.of(PageKind.ZERO, PageKind.DATA, PageKind.RANDOM, PageKind.TEXT, PageKind.CODE);
    private static final List<Colour> COLOURS =
            List.of(
                    Colour.MISSING,
                    Colour.ZERO,
                    Colour.DATA,
                    Colour.RANDOM,
                    Colour.TEXT,
                    Colour.CODE);
    private static final List<String> LABELS =
            List.of("not in the stream", "zero", "data", "random or packed", "text", "code-like");

    private final String title;
    private final int pageSize;
    private final long cellBytes;
    private final int cell;
    private final List<Block> blocks = new ArrayList<>();
    private final int omitted;

    /// The formats of a picture.
    public enum Format {
        /// Pixels.
        PNG,
        /// Vectors and text.
        SVG;

        /// The format of a file: SVG if its name ends so, otherwise PNG.
        public static Format of(String file) {
            return file.toLowerCase(Locale.ROOT).endsWith(".svg") ? SVG : PNG;
        }
    }

    /// The cells of a block: 0, or the number of a kind + 1; and the pages of each kind.
    private static final class Block {
        private final RamBlock of;
        private final byte[] cells;
        private final long[] pages = new long[KINDS.size() + 1];

        Block(RamBlock of, int cells) {
            this.of = of;
            this.cells = new byte[cells];
        }
    }

    private MemoryPicture(String title, Collection<RamBlock> all, int pageSize) {
        this.title = title;
        this.pageSize = pageSize;
        List<RamBlock> shown = all.stream().limit(MOST_BLOCKS).toList();
        omitted = all.size() - shown.size();
        long size = pageSize;
        boolean large = lines(shown, size, GRID / LARGE_CELL) <= MOST_LINES / 2;
        cell = large ? LARGE_CELL : SMALL_CELL;
        while (lines(shown, size, GRID / cell) > Math.max(MOST_LINES, shown.size())) {
            size *= 2;
        }
        cellBytes = size;
        for (RamBlock block : shown) {
            int cells = Math.toIntExact(Math.ceilDiv(block.length(), cellBytes));
            blocks.add(new Block(block, cells));
        }
    }

    private static long lines(List<RamBlock> blocks, long cellBytes, int columns) {
        return blocks.stream()
                .mapToLong(b -> Math.ceilDiv(Math.ceilDiv(b.length(), cellBytes), columns))
                .sum();
    }

    /// Creates the picture of an image.
    ///
    /// @param name the name of the stream
    public static MemoryPicture of(String name, RamImage image, int pageSize) throws IOException {
        MemoryPicture picture = new MemoryPicture(name, image.blocks(), pageSize);
        Map<String, Block> byName = new HashMap<>();
        for (Block block : picture.blocks) {
            byName.put(block.of.name(), block);
        }
        new PageCensus(image, pageSize)
                .kinds(
                        (of, offset, kind) -> {
                            Block block = byName.get(of.name());
                            if (block != null) {
                                int number = KINDS.indexOf(kind) + 1;
                                int at = (int) (offset / picture.cellBytes);
                                block.cells[at] = (byte) Math.max(block.cells[at], number);
                                block.pages[number]++;
                            }
                        });
        for (Block block : picture.blocks) {
            long known = 0;
            for (long pages : block.pages) {
                known += pages;
            }
            block.pages[0] = Math.max(0, block.of.length() / pageSize - known);
        }
        return picture;
    }

    /// The size of a cell and of the picture, as a line of text.
    public String summary() {
        return "one cell is "
                + Amounts.binary(cellBytes)
                + (cellBytes == pageSize ? ", a page" : ", " + cellBytes / pageSize + " pages");
    }

    /// Writes the picture.
    public void writeTo(OutputStream out, Format format) throws IOException {
        int height = height();
        Drawing drawing =
                format == Format.SVG
                        ? new SvgDrawing(WIDTH, height, "Memory of " + ascii(title, 200))
                        : new PngDrawing(WIDTH, height);
        int y = MARGIN;
        long total = blocks.stream().mapToLong(b -> b.of.length()).sum();
        drawing.text(MARGIN, y, ascii("Memory of " + title, 100), Colour.INK);
        y += Drawing.LINE_HEIGHT;
        drawing.text(
                MARGIN,
                y,
                Amounts.counted(blocks.size(), "block")
                        + ", "
                        + Amounts.binary(total)
                        + "; "
                        + summary()
                        + (omitted == 0
                                ? ""
                                : "; " + Amounts.counted(omitted, "block") + " not drawn"),
                Colour.SOFT);
        y = legend(drawing, y + Drawing.LINE_HEIGHT + 10) + 14;
        for (Block block : blocks) {
            y = block(drawing, block, y);
        }
        drawing.writeTo(out);
    }

    private int height() {
        int height = 2 * MARGIN + 2 * Drawing.LINE_HEIGHT + 24 + 2 * (Drawing.LINE_HEIGHT + 4);
        for (Block block : blocks) {
            height += blockHeight(block);
        }
        return height;
    }

    private int blockHeight(Block block) {
        return Drawing.LINE_HEIGHT + gridHeight(block) + 14;
    }

    /// The height of the grid, or of one address if that is more.
    private int gridHeight(Block block) {
        return Math.max(
                Drawing.LINE_HEIGHT - 4, Math.ceilDiv(block.cells.length, GRID / cell) * cell);
    }

    /// Draws the legend in two lines of three; returns the position below it.
    private int legend(Drawing drawing, int top) {
        final int columns = 3;
        for (int i = 0; i < COLOURS.size(); i++) {
            int number = i;
            long pages = blocks.stream().mapToLong(b -> b.pages[number]).sum();
            int x = MARGIN + i % columns * ((WIDTH - 2 * MARGIN) / columns);
            int y = top + i / columns * (Drawing.LINE_HEIGHT + 4);
            drawing.rectangle(x, y - 1, 16, 16, COLOURS.get(i));
            drawing.text(
                    x + 26, y, LABELS.get(i) + " " + Amounts.binary(pages * pageSize), Colour.INK);
        }
        return top + 2 * (Drawing.LINE_HEIGHT + 4);
    }

    private int block(Drawing drawing, Block block, int top) {
        drawing.text(
                GUTTER,
                top,
                ascii(block.of.name(), 60) + "  " + Amounts.binary(block.of.length()),
                Colour.INK);
        int grid = top + Drawing.LINE_HEIGHT;
        int columns = GRID / cell;
        int lines = Math.ceilDiv(block.cells.length, columns);
        for (int line = 0; line < lines; line++) {
            if (line * cell % ADDRESS_DISTANCE == 0) {
                String address = Amounts.hex((long) line * columns * cellBytes);
                int x = GUTTER - 12 - address.length() * Drawing.CHARACTER_WIDTH;
                drawing.text(Math.max(0, x), grid + line * cell - 3, address, Colour.SOFT);
            }
            row(drawing, block, line, grid + line * cell);
        }
        return top + blockHeight(block);
    }

    /// Draws a line of cells, as one rectangle per sequence of the same colour.
    private void row(Drawing drawing, Block block, int line, int y) {
        int columns = GRID / cell;
        int gap = cell == LARGE_CELL ? 1 : 0;
        int first = line * columns;
        int last = Math.min(block.cells.length, first + columns);
        for (int at = first; at < last; ) {
            int to = at + 1;
            while (gap == 0 && to < last && block.cells[to] == block.cells[at]) {
                to++;
            }
            drawing.rectangle(
                    GUTTER + (at - first) * cell,
                    y,
                    (to - at) * cell - gap,
                    cell - gap,
                    COLOURS.get(block.cells[at]));
            at = to;
        }
    }

    /// A text of printable ASCII characters only, shortened.
    private static String ascii(String text, int most) {
        String shown = Printable.text(text).replaceAll("[^ -~]", "?");
        return shown.length() <= most ? shown : shown.substring(0, most - 3) + "...";
    }
}
