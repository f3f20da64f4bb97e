// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.picture;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;

/// A drawing as a PNG with a palette.
@SuppressWarnings("EnumOrdinal") // the palette has the order of the constants
final class PngDrawing implements Drawing {
    private final int width;
    private final int height;
    private final byte[] pixels;

    PngDrawing(int width, int height) {
        this.width = width;
        this.height = height;
        this.pixels = new byte[Math.multiplyExact(width, height)];
    }

    @Override
    public void rectangle(int x, int y, int wide, int high, Colour colour) {
        for (int line = Math.max(0, y); line < Math.min(height, y + high); line++) {
            int from = Math.clamp(x, 0, width);
            int to = Math.clamp((long) x + wide, 0, width);
            Arrays.fill(pixels, line * width + from, line * width + to, (byte) colour.ordinal());
        }
    }

    @Override
    public void text(int x, int y, String text, Colour colour) {
        int scale = DotFont.SCALE;
        for (int i = 0; i < text.length(); i++) {
            for (int column = 0; column < DotFont.WIDTH; column++) {
                int dots = DotFont.column(text.charAt(i), column);
                for (int line = 0; line < DotFont.HEIGHT; line++) {
                    if ((dots >> line & 1) != 0) {
                        rectangle(
                                x + i * CHARACTER_WIDTH + column * scale,
                                y + line * scale,
                                scale,
                                scale,
                                colour);
                    }
                }
            }
        }
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        DataOutputStream fields = new DataOutputStream(header);
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[] {8, 3, 0, 0, 0});
        chunk(out, "IHDR", header.toByteArray());
        byte[] palette = new byte[Colour.values().length * 3];
        for (Colour colour : Colour.values()) {
            palette[3 * colour.ordinal()] = (byte) (colour.rgb() >> 16);
            palette[3 * colour.ordinal() + 1] = (byte) (colour.rgb() >> 8);
            palette[3 * colour.ordinal() + 2] = (byte) colour.rgb();
        }
        chunk(out, "PLTE", palette);
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try (DeflaterOutputStream packed = new DeflaterOutputStream(lines)) {
            for (int line = 0; line < height; line++) {
                packed.write(0);
                packed.write(pixels, line * width, width);
            }
        }
        chunk(out, "IDAT", lines.toByteArray());
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
