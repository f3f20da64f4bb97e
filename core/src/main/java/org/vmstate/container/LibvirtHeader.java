// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// The header of a libvirt save image (`virsh save`), before the stream.
///
/// ```
/// 16 bytes magic   u32 version   u32 data length   u32 running   u32 format   u32 cookie offset   14 × u32 0    in the host's byte order
/// data: domain XML, NUL, [cookie XML, NUL], padding
/// ```
///
/// The cookie's offset is relative to the start of the data.
///
/// Corresponds to libvirt's `virQEMUSaveHeader`.
public final class LibvirtHeader {
    static final String COMPLETE = "LibvirtQemudSave";
    static final String PARTIAL = "LibvirtQemudPart";

    private static final int HEADER_BYTES = 92;
    private static final int MAX_VERSION = 3;
    private static final int MAX_DATA_BYTES = 64 << 20;
    private static final int ALIGNMENT = 64 << 10;
    private static final int FIELDS_AT = 16;

    private LibvirtHeader() {}

    /// The format of the stream after the header. The header contains its index in this list.
    public enum Format {
        /// Uncompressed.
        RAW(0),
        /// Compressed with gzip.
        GZIP(1),
        /// Compressed with bzip2.
        BZIP2(2),
        /// Compressed with xz.
        XZ(3),
        /// Compressed with lzop.
        LZOP(4),
        /// Compressed with zstd.
        ZSTD(5),
        /// A `mapped-ram` migration into this file.
        SPARSE(6);

        private final int code;

        Format(int code) {
            this.code = code;
        }
    }

    /// Reads header and data, after which `in` is at the stream, compressed or not.
    ///
    /// @param passed receives the bytes read
    static Layer.LibvirtImage read(WireReader in, OutputStream passed) throws IOException {
        long at = in.position();
        byte[] header = in.bytes(HEADER_BYTES);
        ByteBuffer fields = fields(header);
        int version = fields.getInt(FIELDS_AT);
        int length = dataBytes(header, at);
        int running = fields.getInt(FIELDS_AT + 8);
        int code = fields.getInt(FIELDS_AT + 12);
        long cookie = Integer.toUnsignedLong(fields.getInt(FIELDS_AT + 16));
        if (version < 1 || version > MAX_VERSION) {
            throw new UnsupportedException(
                    "libvirt save image of version " + Integer.toUnsignedString(version),
                    at + FIELDS_AT);
        }
        Format format =
                Arrays.stream(Format.values())
                        .filter(f -> f.code == code)
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new UnsupportedException(
                                                "libvirt save image in format "
                                                        + Integer.toUnsignedString(code),
                                                at + FIELDS_AT));
        byte[] data = in.bytes(length);
        passed.write(header);
        passed.write(data);
        boolean hasCookie = cookie != 0 && cookie < length;
        return new Layer.LibvirtImage(
                new String(header, 0, FIELDS_AT, StandardCharsets.ISO_8859_1).equals(COMPLETE),
                version,
                running != 0,
                format,
                text(data, 0),
                hasCookie ? Optional.of(text(data, (int) cookie)) : Optional.empty());
    }

    /// The size of the data after a header.
    private static int dataBytes(byte[] header, long at) throws CorruptException {
        long length = Integer.toUnsignedLong(fields(header).getInt(FIELDS_AT + 4));
        if (length > MAX_DATA_BYTES) {
            throw new CorruptException(
                    "libvirt save image with data of " + length + " bytes", at + FIELDS_AT);
        }
        return (int) length;
    }

    private static ByteBuffer fields(byte[] header) {
        ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        // The version is a small number, so it identifies the byte order.
        return fields.getInt(FIELDS_AT) >>> 16 == 0 ? fields : fields.order(ByteOrder.BIG_ENDIAN);
    }

    /// The header and data of a complete image, in this machine's byte order.
    ///
    /// @param image its version and format are kept, so the caller must write the stream in this
    ///   format
    public static byte[] bytes(Layer.LibvirtImage image) {
        byte[] xml = image.domainXml().getBytes(StandardCharsets.UTF_8);
        byte[] cookie =
                image.cookieXml().map(c -> c.getBytes(StandardCharsets.UTF_8)).orElse(new byte[0]);
        int used = xml.length + 1 + (cookie.length == 0 ? 0 : cookie.length + 1);
        int total = Math.ceilDiv(HEADER_BYTES + used, ALIGNMENT) * ALIGNMENT;
        ByteBuffer out = ByteBuffer.allocate(total).order(ByteOrder.nativeOrder());
        out.put(COMPLETE.getBytes(StandardCharsets.ISO_8859_1));
        out.putInt(image.version());
        out.putInt(total - HEADER_BYTES);
        out.putInt(image.running() ? 1 : 0);
        out.putInt(image.format().code);
        out.putInt(cookie.length == 0 ? 0 : xml.length + 1);
        out.position(HEADER_BYTES);
        out.put(xml).put((byte) 0).put(cookie);
        return out.array();
    }

    private static String text(byte[] data, int from) {
        int to = from;
        while (to < data.length && data[to] != 0) {
            to++;
        }
        return new String(data, from, to - from, StandardCharsets.UTF_8);
    }
}
