// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPOutputStream;
import java.util.zip.Inflater;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/// Creates containers of given bytes, and corrects their checksums.
public final class ContainerBytes {
    private static final int LZ4_MAGIC = 0x184d2204;
    private static final byte[] LZOP_MAGIC = {
        (byte) 0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a
    };

    private ContainerBytes() {}

    /// With gzip.
    public static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    /// With xz.
    public static byte[] xz(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(packed, new LZMA2Options(0))) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    /// With zstd.
    public static byte[] zstd(byte[] plain) {
        return Zstd.compress(plain);
    }

    /// As one uncompressed block of an LZ4 frame without checksums of the data.
    public static byte[] lz4(byte[] plain) {
        ByteBuffer out = ByteBuffer.allocate(plain.length + 15).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(LZ4_MAGIC).put((byte) 0x40).put((byte) 0x40).put((byte) 0);
        out.putInt(plain.length | 1 << 31).put(plain).putInt(0);
        return repaired(out.array());
    }

    /// As one uncompressed block of lzop without checksums of the data.
    public static byte[] lzop(byte[] plain) {
        ByteBuffer out = ByteBuffer.allocate(plain.length + 50);
        out.put(LZOP_MAGIC).putShort((short) 0x1040).putShort((short) 0x20a0);
        out.putShort((short) 0x940).put((byte) 1).put((byte) 5).putInt(0).putInt(0).putLong(0);
        out.put((byte) 0).putInt(0);
        out.putInt(plain.length).putInt(plain.length).put(plain).putInt(0);
        return repaired(out.array());
    }

    /// Adds a libvirt header before a stream.
    public static byte[] libvirt(byte[] stream, int format) {
        byte[] xml = "<domain type='qemu'/>\n\0<cookie/>\0".getBytes(ISO_8859_1);
        ByteBuffer out =
                ByteBuffer.allocate(92 + xml.length + stream.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put("LibvirtQemudSave".getBytes(ISO_8859_1));
        out.putInt(2).putInt(xml.length).putInt(1).putInt(format).putInt(23);
        return out.position(92).put(xml).put(stream).array();
    }

    /// The same bytes with correct checksums of a header, or of the data that gzip compressed.
    public static byte[] repaired(byte[] input) {
        ByteBuffer bytes = ByteBuffer.wrap(input.clone()).order(ByteOrder.LITTLE_ENDIAN);
        if (input.length >= 15 && bytes.getInt(0) == LZ4_MAGIC) {
            int length = 2 + ((input[4] & 8) != 0 ? 8 : 0);
            bytes.put(4 + length, (byte) (XxHash32.of(input, 4, length) >> 8));
        } else if (startsWith(input, LZOP_MAGIC)) {
            lzop(input, bytes);
        } else if (input.length > 18 && input[0] == 0x1f && (input[1] & 0xff) == 0x8b) {
            gzip(input, bytes);
        }
        return bytes.array();
    }

    private static boolean startsWith(byte[] input, byte[] magic) {
        return input.length >= magic.length
                && ByteBuffer.wrap(input, 0, magic.length).equals(ByteBuffer.wrap(magic));
    }

    private static void lzop(byte[] input, ByteBuffer bytes) {
        boolean modern = input.length > 11 && (input[9] & 0xff) << 8 > 0x900;
        int flagsAt = modern ? 17 : 14;
        if (input.length < flagsAt + 30) {
            return;
        }
        int flags = bytes.order(ByteOrder.BIG_ENDIAN).getInt(flagsAt);
        int name = flagsAt + 4 + ((flags & 0x800) != 0 ? 4 : 0) + (modern ? 12 : 8);
        int end = name + 1 + (input[name] & 0xff);
        if (end + 4 > input.length) {
            return;
        }
        Adler32 adler = new Adler32();
        CRC32 crc = new CRC32();
        adler.update(input, 9, end - 9);
        crc.update(input, 9, end - 9);
        bytes.putInt(end, (int) ((flags & 0x1000) != 0 ? crc.getValue() : adler.getValue()));
    }

    /// Supports one member with a header of ten bytes that is complete.
    private static void gzip(byte[] input, ByteBuffer bytes) {
        if (input[3] != 0) {
            return;
        }
        CRC32 crc = new CRC32();
        byte[] plain = new byte[1 << 16];
        try (Inflater inflater = new Inflater(true)) {
            inflater.setInput(input, 10, input.length - 10);
            int size = 0;
            while (!inflater.finished()) {
                int count = inflater.inflate(plain);
                crc.update(plain, 0, count);
                size += count;
                if (count == 0 || size > 1 << 20) {
                    return;
                }
            }
            int end = input.length - inflater.getRemaining();
            if (end + 8 <= input.length) {
                bytes.putInt(end, (int) crc.getValue()).putInt(end + 4, size);
            }
        } catch (DataFormatException e) {
            // no data, so no checksum
        }
    }
}
