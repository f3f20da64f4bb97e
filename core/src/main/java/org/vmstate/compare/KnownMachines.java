// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

/// Which versions of QEMU have a machine type.
final class KnownMachines {
    private KnownMachines() {}

    /// Adds a reason if no QEMU in the range has the machine type.
    static void check(String type, VersionBounds version, MigrationCheck.Reasons reasons) {
        QemuVersion first = QemuVersion.ofMachineType(type).orElse(null);
        if (first != null && version.isBelow(first)) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.MACHINE_TYPE,
                                    type,
                                    "this machine type came with QEMU "
                                            + first
                                            + ", but the destination is "
                                            + version.text())
                            .words(
                                    "unsupported machine type",
                                    "unsupported machine type: \"" + type + "\"")
                            .remedy(
                                    "Use QEMU "
                                            + first
                                            + " or newer; for new guests choose the machine type of"
                                            + " the oldest host."));
        }
    }
}
