// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;

/// Compares the blocks of RAM with those of a reference.
final class MemoryCheck {
    /// The prefix of the names of blocks that contain a file of the firmware configuration. Only
    /// these can be resized.
    private static final String ROM_FILE = "/rom@";

    /// The maximum lengths of the blocks that QEMU makes larger than their file.
    private static final Map<String, Long> MAXIMUM =
            Map.of(
                    "/rom@etc/acpi/tables", 0x200000L,
                    "/rom@etc/table-loader", 0x10000L,
                    "/rom@etc/acpi/rsdp", 0x1000L);

    private static final int PAGE = 4096;
    private static final QemuVersion FLUSH_SINCE = new QemuVersion(8, 1);
    private static final QemuVersion COMPRESS_REMOVED = new QemuVersion(9, 1);

    private final SavedMachine source;
    private final Destination destination;
    private final VersionBounds version;
    private final MigrationCheck.Reasons reasons;
    private final long at;

    MemoryCheck(
            SavedMachine source,
            Destination destination,
            VersionBounds version,
            MigrationCheck.Reasons reasons) {
        this.source = source;
        this.destination = destination;
        this.version = version;
        this.reasons = reasons;
        this.at =
                source.devices().stream()
                        .filter(d -> d.identity().idString().equals("ram"))
                        .mapToLong(Device::offset)
                        .findFirst()
                        .orElse(0);
    }

    void check() {
        if (source.requirements().channels()) {
            reasons.add(
                    Reason.condition(
                                    Reason.Kind.CAPABILITY,
                                    "multifd",
                                    "pages are on further channels")
                            .remedy(
                                    "Turn multifd on at the destination, with as many channels, or"
                                            + " merge the channels with vmstate convert.")
                            .at(at));
        }
        records();
        SavedMachine reference = destination.reference().orElse(null);
        if (reference == null || reference.ramBlocks().isEmpty()) {
            return;
        }
        Map<String, RamBlock> local = new LinkedHashMap<>();
        reference.ramBlocks().forEach(block -> local.put(block.name(), block));
        for (RamBlock block : source.ramBlocks()) {
            RamBlock other = local.remove(block.name());
            if (other == null) {
                unknown(block);
            } else if (aligned(block.length()) != aligned(other.length())) {
                resized(block, other);
            }
        }
        for (RamBlock block : local.values()) {
            reasons.add(
                    Reason.note(
                                    Reason.Kind.RAM_BLOCK,
                                    block.name(),
                                    "the destination has this block in addition; it keeps its"
                                            + " contents")
                            .at(at));
        }
    }

    /// Records that older or newer versions of QEMU do not know.
    private void records() {
        if (source.requirements().channels() && version.isBelow(FLUSH_SINCE)) {
            unknownRecord("0x200", "a mark of multifd that came with QEMU " + FLUSH_SINCE);
        }
        if (source.hasCompressedPages() && version.isAtLeast(COMPRESS_REMOVED)) {
            unknownRecord("0x100", "pages compressed one by one, which QEMU reads up to 9.0");
        }
    }

    private void unknownRecord(String flags, String detail) {
        reasons.add(
                Reason.refuses(
                                Reason.Kind.RAM_RECORD,
                                "ram",
                                "the memory has "
                                        + detail
                                        + ", but the destination is "
                                        + version.text())
                        .words("Unknown combination of migration flags: " + flags)
                        .remedy("vmstate convert writes the memory in another encoding.")
                        .at(at));
    }

    private static long aligned(long length) {
        return (length + PAGE - 1) & -PAGE;
    }

    private void unknown(RamBlock block) {
        reasons.add(
                Reason.refuses(
                                Reason.Kind.RAM_BLOCK,
                                block.name(),
                                "the destination has no such block of RAM")
                        .words(
                                "Unknown ramblock \"%s\", cannot accept migration"
                                        .formatted(block.name()))
                        .remedy(
                                "Give the destination the device or memory that owns the block"
                                        + " (hot-plugged memory is on the command line there), or"
                                        + " remove the block from the stream.")
                        .at(at));
    }

    private void resized(RamBlock block, RamBlock other) {
        Long maximum = MAXIMUM.get(block.name());
        boolean resizable = block.name().startsWith(ROM_FILE);
        boolean fits =
                resizable
                        && aligned(block.length())
                                <= Math.max(maximum == null ? 0 : maximum, aligned(other.length()));
        String lengths =
                "0x%x bytes, in the destination 0x%x".formatted(block.length(), other.length());
        if (fits) {
            reasons.add(
                    Reason.note(
                                    Reason.Kind.RAM_LENGTH,
                                    block.name(),
                                    lengths + "; blocks of this kind are resized")
                            .at(at));
            return;
        }
        reasons.add(
                Reason.refuses(Reason.Kind.RAM_LENGTH, block.name(), lengths)
                        .words(
                                resizable
                                        ? "Size too large: %s: 0x%x > 0x%x: Invalid argument"
                                                .formatted(
                                                        block.name(),
                                                        block.length(),
                                                        other.length())
                                        : "Size mismatch: %s: 0x%x != 0x%x: Invalid argument"
                                                .formatted(
                                                        block.name(),
                                                        block.length(),
                                                        other.length()))
                        .remedy(
                                block.name().endsWith(".rom")
                                        ? "Give the destination an option ROM of the source's size"
                                                + " (romfile=, or romsize= since QEMU 6.0), or resize"
                                                + " the block in the stream."
                                        : "Give the destination the source's size (-m, the firmware"
                                                + " file), or resize the block in the stream.")
                        .at(at));
    }
}
