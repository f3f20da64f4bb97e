// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireReader;

/// The kind of an input that contains no stream, recognised by its first bytes, for error messages.
final class InputKind {
    private static final int TEXT_BYTES = 512;
    private static final int SECTOR_BYTES = 512;
    private static final int PARTITIONS_AT = 446;
    private static final int PARTITION_BYTES = 16;
    private static final int CORE = 4;

    private final WireReader in;

    private InputKind(WireReader in) {
        this.in = in;
    }

    /// A magic number and the kind of file that has it.
    private record Magic(int at, String bytes, String name) {}

    /// Kinds that never precede a stream, although they may contain one somewhere.
    private static final List<Magic> CERTAIN =
            List.of(
                    new Magic(0, "KDUMP   ", "a kdump file"),
                    new Magic(0, "DISKDUMP", "a diskdump file"),
                    new Magic(0, "makedumpfile\0", "a flattened kdump file"),
                    new Magic(0, "EMiL", "a LiME memory dump"),
                    new Magic(0, "PAGEDUMP", "a crash dump of Windows"),
                    new Magic(0, "PAGEDU64", "a crash dump of Windows"),
                    new Magic(0, "KDMV", "a VMDK disk image"),
                    new Magic(0, "COWD", "a VMDK disk image"),
                    new Magic(0, "# Disk Descriptor", "the descriptor of a VMDK disk image"),
                    new Magic(64, "\u007f\u0010\u00da\u00be", "a VDI disk image"),
                    new Magic(0, "conectix", "a VHD disk image"),
                    new Magic(0, "vhdxfile", "a VHDX disk image"),
                    new Magic(0, "QED\0", "a QED disk image"),
                    new Magic(0, "WithoutFreeSpace", "a Parallels disk image"),
                    new Magic(0, "WithouFreSpacExt", "a Parallels disk image"),
                    new Magic(0, "LUKS\u00ba\u00be", "a LUKS volume"),
                    new Magic(3, "NTFS    ", "a disk image with NTFS"),
                    new Magic(0, "XFSB", "a disk image with XFS"),
                    new Magic(32769, "CD001", "an ISO 9660 image"),
                    new Magic(0, "\u007fVirtualBox SavedState", "a saved state of VirtualBox"),
                    new Magic(0, "\u00d2\u00be\u00d2\u00be", "a suspended state of VMware"));

    /// Kinds that may contain a stream.
    private static final List<Magic> LIKELY =
            List.of(
                    new Magic(257, "ustar", "a tar archive"),
                    new Magic(0, "PK\u0003\u0004", "a zip archive"),
                    new Magic(0, "070701", "a cpio archive"),
                    new Magic(0, "!<arch>\n", "an ar archive"),
                    new Magic(0, "\u0089PNG\r\n", "a PNG picture"),
                    new Magic(0, "%PDF-", "a PDF document"),
                    new Magic(0, "QCOW", "a disk image"));

    /// The kind of the input whose first byte is at the position of `in` if it cannot be a stream,
    /// or null.
    static @Nullable String certain(WireReader in) throws IOException {
        InputKind kind = new InputKind(in);
        if (kind.has(0, "\u007fELF")) {
            return kind.elf();
        }
        if (kind.has(0, "\u0011\"3D\0\0\0\u0001") && in.peek(24) >= 0) {
            return "channel "
                    + in.peek(24)
                    + " of a multifd migration, which goes with the main channel's stream";
        }
        String name = kind.named(CERTAIN);
        if (name == null && kind.partitioned()) {
            name = "a disk image with a partition table";
        }
        if (name == null && kind.fixedVhd()) {
            name = "a VHD disk image";
        }
        return name;
    }

    /// The probable kind of the input whose first byte is at the position of `in`, or null.
    static @Nullable String likely(WireReader in) throws IOException {
        InputKind kind = new InputKind(in);
        String name = kind.named(LIKELY);
        if (name == null && kind.extFileSystem()) {
            name = "a disk image with an ext file system";
        }
        return name != null ? name : kind.text();
    }

    private boolean has(int at, String bytes) throws IOException {
        for (int i = 0; i < bytes.length(); i++) {
            if (in.peek(at + i) != bytes.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private @Nullable String named(List<Magic> magics) throws IOException {
        for (Magic magic : magics) {
            if (has(magic.at, magic.bytes)) {
                return magic.name;
            }
        }
        return null;
    }

    private String elf() throws IOException {
        boolean little = in.peek(5) == 1;
        int type = in.peek(little ? 16 : 17);
        return type == CORE ? "an ELF core" : "an ELF file";
    }

    /// Whether this is a boot sector: its four entries are each active or inactive, and one is in
    /// use.
    private boolean partitioned() throws IOException {
        if (!has(SECTOR_BYTES - 2, "U\u00aa")) {
            return false;
        }
        boolean used = false;
        for (int i = 0; i < 4; i++) {
            int at = PARTITIONS_AT + i * PARTITION_BYTES;
            if ((in.peek(at) & 0x7f) != 0) {
                return false;
            }
            used |= in.peek(at + 4) != 0;
        }
        return used;
    }

    private boolean fixedVhd() throws IOException {
        long size = in.remaining().orElse(0);
        if (!in.seekable() || size < 2 * SECTOR_BYTES) {
            return false;
        }
        byte[] footer = new byte[8];
        in.view(in.position() + size - SECTOR_BYTES, footer.length).asByteBuffer().get(footer);
        return new FirstBytes(footer).startsWith("conectix");
    }

    private boolean extFileSystem() throws IOException {
        return has(1024 + 56, "S\u00ef") && in.peek(1024 + 24) <= 6;
    }

    private @Nullable String text() throws IOException {
        int first = -1;
        int count = 0;
        for (; count < TEXT_BYTES; count++) {
            int c = in.peek(count);
            if (c < 0) {
                break;
            }
            boolean space = c == ' ' || (c >= '\t' && c <= '\r');
            if ((c < ' ' && !space) || c == 0x7f) {
                return null;
            }
            first = first < 0 && !space ? c : first;
        }
        if (count == 0) {
            return null;
        }
        return first == '{' || first == '[' ? "JSON text" : "text";
    }
}
