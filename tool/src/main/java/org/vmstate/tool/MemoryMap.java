// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.vmstate.ram.PageCensus;
import org.vmstate.ram.PageKind;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;

/// A picture of memory with one pixel per page, or per group of pages, coloured by the kind of
/// page.
///
/// Each block begins on a new line. The colour of a group is that of the first kind in the group
/// of: code, text, random, data, zero.
final class MemoryMap {
    private static final int WIDTH = 512;
    private static final int MAX_PIXELS = 1 << 20;
    private static final int GAP = 0;

    /// The colours: the gap between blocks, then the kinds in ascending order of precedence.
    private static final List<PageKind> KINDS =
            List.of(PageKind.ZERO, PageKind.DATA, PageKind.RANDOM, PageKind.TEXT, PageKind.CODE);

    private static final int[] COLOURS = {
        0x404040, 0x000000, 0x4060a0, 0xd04040, 0x40c060, 0xf0c040
    };

    private final List<byte[]> lines = new ArrayList<>();

    private MemoryMap() {}

    /// Creates the picture of an image.
    static MemoryMap of(RamImage image, int pageSize) throws IOException {
        long pages = image.blocks().stream().mapToLong(b -> b.length() / pageSize).sum();
        long group = Math.max(1, Math.ceilDiv(pages, MAX_PIXELS));
        MemoryMap map = new MemoryMap();
        PixelRow row = new PixelRow(map, group * pageSize);
        new PageCensus(image, pageSize).kinds(row);
        row.end();
        return map;
    }

    /// The legend of the colours as a line of text.
    static String legend() {
        return "black zero, blue data, red compressed or encrypted, green text, yellow code-like, grey no memory";
    }

    /// Collects pages into pixels and pixels into lines.
    private static final class PixelRow implements PageCensus.Visitor {
        private final MemoryMap map;
        private final long bytesPerPixel;
        private byte[] line = new byte[0];
        private String block = "";
        private long pixel = -1;

        PixelRow(MemoryMap map, long bytesPerPixel) {
            this.map = map;
            this.bytesPerPixel = bytesPerPixel;
        }

        @Override
        public void page(RamBlock of, long offset, PageKind kind) {
            if (!of.name().equals(block)) {
                end();
                block = of.name();
                line = new byte[WIDTH];
                pixel = 0;
            }
            long wanted = offset / bytesPerPixel;
            while (pixel / WIDTH < wanted / WIDTH) {
                map.lines.add(line);
                line = new byte[WIDTH];
                pixel = (pixel / WIDTH + 1) * WIDTH;
            }
            int at = (int) (wanted % WIDTH);
            line[at] = (byte) Math.max(line[at], KINDS.indexOf(kind) + 1);
            pixel = wanted;
        }

        void end() {
            if (pixel >= 0) {
                map.lines.add(line);
            }
        }
    }

    /// Writes the picture as a PNG.
    void writeTo(OutputStream out) throws IOException {
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(WIDTH);
        fields.writeInt(Math.max(1, lines.size()));
        fields.write(new byte[] {8, 3, 0, 0, 0});
        chunk(out, "IHDR", header.toByteArray());
        byte[] palette = new byte[COLOURS.length * 3];
        for (int i = 0; i < COLOURS.length; i++) {
            palette[3 * i] = (byte) (COLOURS[i] >> 16);
            palette[3 * i + 1] = (byte) (COLOURS[i] >> 8);
            palette[3 * i + 2] = (byte) COLOURS[i];
        }
        chunk(out, "PLTE", palette);
        ByteArrayOutputStream pixels = new ByteArrayOutputStream();
        try (DeflaterOutputStream packed = new DeflaterOutputStream(pixels)) {
            byte[] empty = new byte[WIDTH];
            Arrays.fill(empty, (byte) GAP);
            for (byte[] line : lines.isEmpty() ? List.of(empty) : lines) {
                packed.write(0);
                packed.write(line);
            }
        }
        chunk(out, "IDAT", pixels.toByteArray());
        chunk(out, "IEND", new byte[0]);
    }

    private static void chunk(OutputStream out, String type, byte[] content) throws IOException {
        DataOutputStream fields = new DataOutputStream(out);
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 crc = new CRC32();
        crc.update(name);
        crc.update(content);
        fields.writeInt(content.length);
        fields.write(name);
        fields.write(content);
        fields.writeInt((int) crc.getValue());
        fields.flush();
    }
}
