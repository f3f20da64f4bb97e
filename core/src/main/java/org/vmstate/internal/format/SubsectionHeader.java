// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.vmstate.wire.WireWriter;

/// What stands before the body of a subsection.
///
/// `0x05 str8 name u32 version`
///
/// A loader that looks for a subsection takes the header only if its name begins with the name of
/// the description that it belongs to and is longer. Of the version it keeps the low 8 bits.
///
/// QEMU: `vmstate_save_vmsd_header`, `vmstate_subsection_load`.
///
/// @param name the whole name, at most [FormatLimits#MAX_NAME_BYTES] long
/// @param version the 32 bits of the version
public record SubsectionHeader(String name, int version) {
    /// The first byte.
    public static final int MARK = StreamTags.SUBSECTION;

    /// Where the length of the name stands.
    public static final int NAME_LENGTH_AT = 1;

    /// Where the name stands.
    public static final int NAME_AT = 2;

    /// The number of bytes before the body of a subsection of that name.
    public static int size(String name) {
        return size(name.getBytes(StandardCharsets.UTF_8).length);
    }

    /// The number of bytes before the body of a subsection whose name has so many bytes.
    public static int size(int nameBytes) {
        return NAME_AT + nameBytes + Integer.BYTES;
    }

    /// Whether a subsection of that name can belong to a description named `parent`. No slash is
    /// asked for between the two.
    public static boolean belongsTo(String name, String parent) {
        return name.length() > parent.length() && name.startsWith(parent);
    }

    /// The version that a loader takes the bits on the wire for.
    public static int loaded(int version) {
        return version & FormatLimits.MAX_SUBSECTION_VERSION;
    }

    /// The bytes.
    public byte[] toByteArray() {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(size(bytes.length))
                .put((byte) MARK)
                .put((byte) bytes.length)
                .put(bytes)
                .putInt(version)
                .array();
    }

    /// Writes the bytes.
    public void write(WireWriter out) throws IOException {
        out.bytes(toByteArray());
    }
}
