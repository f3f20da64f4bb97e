// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Checksum;
import java.util.zip.ZipException;
import org.vmstate.wire.BigEndian;

/// Decodes the output of the tool lzop.
///
/// ```
/// header := 9 bytes magic  u16 version  u16 library  [u16 needed  from 0x0940]  u8 method  [u8 level]  u32 flags  [u32 filter]
///           u32 mode  u32 time  [u32 time]  u8 n, name[n]  u32 checksum  [extra: u32 n, bytes[n], u32 checksum]
/// block  := u32 length  u32 packed length  [checksums of the plain bytes]  [checksums of the packed]  bytes     ends with u32 0
/// ```
///
/// All checksums are verified. They are Adler-32 and CRC-32; header and extra field have one of the
/// two.
final class LzopInputStream extends BlockInputStream {
    private static final int MAGIC_BYTES = 9;
    private static final int MODERN = 0x0940;
    private static final int ADLER_PLAIN = 0x1;
    private static final int ADLER_PACKED = 0x2;
    private static final int EXTRA = 0x40;
    private static final int CRC_PLAIN = 0x100;
    private static final int CRC_PACKED = 0x200;
    private static final int FILTER = 0x800;
    private static final int CRC_HEADER = 0x1000;
    private static final int MAX_EXTRA = 1 << 20;
    private static final int MAX_BLOCK = 16 << 20;

    private final int flags;
    private byte[] packed = new byte[0];
    private boolean ended;

    LzopInputStream(InputStream in) throws IOException {
        super(in);
        in.skipNBytes(MAGIC_BYTES);
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        int version = BigEndian.int16(taken(2, header), 0) & 0xffff;
        boolean modern = version >= MODERN;
        taken(modern ? 4 : 2, header);
        int method = taken(1, header)[0];
        if (method < 1 || method > 3) {
            throw new ZipException("lzop method " + method);
        }
        taken(modern ? 1 : 0, header);
        flags = BigEndian.int32(taken(4, header), 0);
        taken((flags & FILTER) != 0 ? 4 : 0, header);
        taken(modern ? 12 : 8, header);
        taken(taken(1, header)[0] & 0xff, header);
        checkHeader(header);
        if ((flags & EXTRA) != 0) {
            header.reset();
            int length = BigEndian.int32(taken(4, header), 0);
            if (length < 0 || length > MAX_EXTRA) {
                throw new ZipException("an extra field of lzop of " + length + " bytes");
            }
            taken(length, header);
            checkHeader(header);
        }
    }

    private byte[] taken(int count, ByteArrayOutputStream header) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("lzop data are cut short");
        }
        header.writeBytes(bytes);
        return bytes;
    }

    private void checkHeader(ByteArrayOutputStream header) throws IOException {
        byte[] bytes = header.toByteArray();
        check((flags & CRC_HEADER) != 0 ? new CRC32() : new Adler32(), bytes, bytes.length, u32());
    }

    @Override
    boolean nextBlock() throws IOException {
        return !ended && block();
    }

    private boolean block() throws IOException {
        int length = u32();
        if (length == 0) {
            ended = true;
            return false;
        }
        int packedLength = u32();
        if (length < 0 || length > MAX_BLOCK || packedLength <= 0 || packedLength > length) {
            throw new ZipException("an lzop block of " + packedLength + " to " + length + " bytes");
        }
        boolean stored = packedLength == length;
        int adler = (flags & ADLER_PLAIN) != 0 ? u32() : 0;
        int crc = (flags & CRC_PLAIN) != 0 ? u32() : 0;
        int packedAdler = !stored && (flags & ADLER_PACKED) != 0 ? u32() : 0;
        int packedCrc = !stored && (flags & CRC_PACKED) != 0 ? u32() : 0;
        if (stored) {
            plain = filled(in, plain, packedLength);
        } else {
            packed = filled(in, packed, packedLength);
            if ((flags & ADLER_PACKED) != 0) {
                check(new Adler32(), packed, packedLength, packedAdler);
            }
            if ((flags & CRC_PACKED) != 0) {
                check(new CRC32(), packed, packedLength, packedCrc);
            }
            plain = Lzo.decode(packed, packedLength, plain, length);
        }
        if ((flags & ADLER_PLAIN) != 0) {
            check(new Adler32(), plain, length, adler);
        }
        if ((flags & CRC_PLAIN) != 0) {
            check(new CRC32(), plain, length, crc);
        }
        next = 0;
        end = length;
        return true;
    }

    private static void check(Checksum checksum, byte[] bytes, int length, int expected)
            throws ZipException {
        checksum.update(bytes, 0, length);
        if ((int) checksum.getValue() != expected) {
            throw new ZipException("lzop data with a wrong checksum");
        }
    }

    private int u32() throws IOException {
        byte[] bytes = in.readNBytes(4);
        if (bytes.length < 4) {
            throw new EOFException("lzop data are cut short");
        }
        return BigEndian.int32(bytes, 0);
    }
}
