// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The numbers at the beginning of a stream and of its elements.
///
/// QEMU: `QEMU_VM_*` in `migration/savevm.h`.
public final class StreamTags {
    /// `QEVM`, the first four bytes of a stream.
    public static final int MAGIC = 0x5145_564d;

    /// The version of the file format, which follows [#MAGIC].
    public static final int VERSION = 3;

    /// An obsolete version of the file format, which QEMU rejects.
    public static final int OLD_VERSION = 2;

    /// The end of the elements.
    public static final int END_OF_STREAM = 0x00;

    /// The first section of an iterative device.
    public static final int SECTION_START = 0x01;

    /// A further section of an iterative device.
    public static final int SECTION_PART = 0x02;

    /// The last section of an iterative device.
    public static final int SECTION_END = 0x03;

    /// The only section of a device.
    public static final int SECTION_FULL = 0x04;

    /// A subsection, inside a body.
    public static final int SUBSECTION = 0x05;

    /// The JSON description, after the end of the elements.
    public static final int DESCRIPTION = 0x06;

    /// The configuration, before the elements.
    public static final int CONFIGURATION = 0x07;

    /// A command.
    public static final int COMMAND = 0x08;

    /// The footer of a section.
    public static final int SECTION_FOOTER = 0x7e;

    /// The size of a footer: its tag and the section's id.
    public static final int FOOTER_BYTES = 1 + Integer.BYTES;

    /// The size of a command before its data: tag, code and length.
    public static final int COMMAND_HEAD_BYTES = 1 + 2 * Short.BYTES;

    /// The size of a description before its text: tag and length.
    public static final int DESCRIPTION_HEAD_BYTES = 1 + Integer.BYTES;

    /// The offset of the length of the name in the header of a start or full section.
    public static final int NAME_LENGTH_AT = 1 + Integer.BYTES;

    private StreamTags() {}

    /// Returns the size of the header of a start or full section with a name of `nameLength` bytes:
    /// tag, id, name, instance id, version.
    public static int headerBytes(int nameLength) {
        return NAME_LENGTH_AT + 1 + nameLength + 2 * Integer.BYTES;
    }
}
