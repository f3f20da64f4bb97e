// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.vmstate.wire.WireWriter;

/// The header before the body of a subsection.
///
/// `0x05 str8 name u32 version`
///
/// A loader that looks for a subsection accepts the header only if its name begins with the name of
/// the parent description and is longer. It uses only the low 8 bits of the version.
///
/// QEMU: `vmstate_save_vmsd_header`, `vmstate_subsection_load`.
///
/// @param name the whole name, at most [FormatLimits#MAX_NAME_BYTES] long
/// @param version the 32 bits of the version
public record SubsectionHeader(String name, int version) {
    /// The first byte.
    public static final int MARK = StreamTags.SUBSECTION;

    /// The offset of the length of the name.
    public static final int NAME_LENGTH_AT = 1;

    /// The offset of the name.
    public static final int NAME_AT = 2;

    /// Returns the number of bytes before the body of a subsection called `name`.
    public static int size(String name) {
        return size(name.getBytes(StandardCharsets.UTF_8).length);
    }

    /// Returns the number of bytes before the body of a subsection whose name has `nameBytes`
    /// bytes.
    public static int size(int nameBytes) {
        return NAME_AT + nameBytes + Integer.BYTES;
    }

    /// Whether a subsection called `name` can belong to a description called `parent`. A slash
    /// between the two is not required.
    public static boolean belongsTo(String name, String parent) {
        return name.length() > parent.length() && name.startsWith(parent);
    }

    /// Returns the version that a loader derives from the bits on the wire.
    public static int loaded(int version) {
        return version & FormatLimits.MAX_SUBSECTION_VERSION;
    }

    /// Returns the bytes of the header.
    public byte[] toByteArray() {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(size(bytes.length))
                .put((byte) MARK)
                .put((byte) bytes.length)
                .put(bytes)
                .putInt(version)
                .array();
    }

    /// Writes the bytes of the header.
    public void write(WireWriter out) throws IOException {
        out.bytes(toByteArray());
    }
}
