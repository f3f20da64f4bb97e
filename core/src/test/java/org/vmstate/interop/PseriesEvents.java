// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import java.io.IOException;
import java.nio.file.Path;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;

/// A pseries machine whose queue `spapr_pending_events` is filled, and a QEMU that loads its state.
public final class PseriesEvents {
    private PseriesEvents() {}

    /// Saves a machine with `count` pending power-down requests.
    public static void save(Path file, int events) throws IOException {
        try (Qemu source = QemuMachine.pseries().start()) {
            for (int i = 0; i < events; i++) {
                source.execute("system_powerdown");
            }
            source.save(file);
        }
    }

    /// A QEMU that has loaded such a state and runs.
    public static Qemu load(Path file) throws IOException {
        Qemu destination = QemuMachine.pseries().startIncoming();
        try {
            destination.load(file);
            return destination;
        } catch (IOException e) {
            destination.close();
            throw e;
        }
    }
}
