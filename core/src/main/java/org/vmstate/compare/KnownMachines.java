// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.Map;

/// Which versions of QEMU have a machine type.
///
/// A type with a version in its name came with that version. Since QEMU 10.1 it is removed six
/// years later (`docs/about/deprecated.rst`: "only intended to be supported for a period of 6
/// years"); 11.1 lacks those of 5.1. The removals before that are from the lists of `-M help` of
/// QEMU 5.2, 7.2, 10.0 and 11.1.
final class KnownMachines {
    private static final QemuVersion V5_2 = new QemuVersion(5, 2);
    private static final QemuVersion V7_2 = new QemuVersion(7, 2);
    private static final QemuVersion V10_0 = new QemuVersion(10, 0);
    private static final QemuVersion V10_1 = new QemuVersion(10, 1);
    private static final QemuVersion V11_1 = new QemuVersion(11, 1);
    private static final int YEARS = 6;

    /// A removal of old types of one family.
    ///
    /// @param prefix the beginning of the names of the types
    /// @param oldest the oldest type that remained
    /// @param before a version before the removal
    /// @param after a version after it
    private record Removal(
            String prefix, QemuVersion oldest, QemuVersion before, QemuVersion after) {}

    private static final List<Removal> REMOVALS =
            List.of(
                    new Removal("pc-", new QemuVersion(1, 4), V5_2, V7_2),
                    new Removal("pc-", new QemuVersion(2, 4), V7_2, V10_0),
                    new Removal("pseries-", new QemuVersion(3, 0), V7_2, V10_0),
                    new Removal("s390-ccw-virtio-", new QemuVersion(2, 9), V7_2, V10_0));

    /// A type that got another name.
    ///
    /// @param name the new name
    /// @param before a version that has the old name
    /// @param after a version that has the new one
    private record Renaming(String name, QemuVersion before, QemuVersion after) {}

    private static final Map<String, Renaming> RENAMINGS =
            Map.of(
                    "xlnx-versal-virt", new Renaming("amd-versal-virt", V10_0, V11_1),
                    "raspi2", new Renaming("raspi2b", new QemuVersion(6, 1), new QemuVersion(6, 2)),
                    "raspi3",
                            new Renaming("raspi3b", new QemuVersion(6, 1), new QemuVersion(6, 2)));

    private KnownMachines() {}

    /// Adds a reason if a QEMU in the range does not have the machine type.
    static void check(String type, VersionBounds version, MigrationCheck.Reasons reasons) {
        Renaming renaming = RENAMINGS.get(type);
        if (renaming != null && !version.isBelow(next(renaming.before()))) {
            renamed(type, renaming, version, reasons);
        }
        QemuVersion first = QemuVersion.ofMachineType(type).orElse(null);
        if (first == null) {
            return;
        }
        if (version.isBelow(first)) {
            unsupported(
                    type,
                    "this machine type came with QEMU %s, but the destination is %s"
                            .formatted(first, version.text()),
                    "Use QEMU "
                            + first
                            + " or newer; for new guests choose the machine type of the oldest"
                            + " host.",
                    true,
                    reasons);
            return;
        }
        QemuVersion expired = new QemuVersion(first.major() + YEARS, first.minor());
        QemuVersion removed = expired.compareTo(V10_1) < 0 ? V10_1 : expired;
        if (version.isAtLeast(removed)) {
            removed(type, "QEMU " + removed + " removed this machine type", true, reasons);
            return;
        }
        for (Removal removal : REMOVALS) {
            if (type.startsWith(removal.prefix())
                    && first.compareTo(removal.oldest()) < 0
                    && version.isAtLeast(next(removal.before()))) {
                removed(
                        type,
                        "this machine type is in QEMU %s, but not in %s"
                                .formatted(removal.before(), removal.after()),
                        version.isAtLeast(removal.after()),
                        reasons);
                return;
            }
        }
    }

    private static QemuVersion next(QemuVersion version) {
        return new QemuVersion(version.major(), version.minor() + 1);
    }

    private static void renamed(
            String type, Renaming renaming, VersionBounds version, MigrationCheck.Reasons reasons) {
        String detail =
                "newer QEMUs (%s, not %s) call it %s"
                        .formatted(renaming.after(), renaming.before(), renaming.name());
        boolean certain = version.isAtLeast(renaming.after());
        if (renaming.name().startsWith(type)) {
            return;
        }
        reasons.add(
                (certain
                                ? Reason.refuses(Reason.Kind.MACHINE_TYPE, type, detail)
                                : Reason.mayRefuse(Reason.Kind.MACHINE_TYPE, type, detail))
                        .words(
                                "Machine type received is '%s' and local is '%s'"
                                        .formatted(type, renaming.name()))
                        .remedy(
                                "Rename the machine type in the stream (vmstate set"
                                        + " --machine-type)."));
    }

    private static void removed(
            String type, String detail, boolean certain, MigrationCheck.Reasons reasons) {
        unsupported(
                type,
                detail,
                "Load the stream with an older QEMU; the guest needs a newer machine type, which"
                        + " takes a restart.",
                certain,
                reasons);
    }

    private static void unsupported(
            String type,
            String detail,
            String remedy,
            boolean certain,
            MigrationCheck.Reasons reasons) {
        reasons.add(
                (certain
                                ? Reason.refuses(Reason.Kind.MACHINE_TYPE, type, detail)
                                : Reason.mayRefuse(Reason.Kind.MACHINE_TYPE, type, detail))
                        .words(
                                "unsupported machine type",
                                "unsupported machine type: \"" + type + "\"")
                        .remedy(remedy));
    }
}
