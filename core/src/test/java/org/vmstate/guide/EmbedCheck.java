// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import java.io.IOException;
import java.nio.file.Path;
import org.vmstate.compare.CheckResult;
import org.vmstate.compare.Destination;
import org.vmstate.compare.MachineDescriptions;
import org.vmstate.compare.MigrationCheck;
import org.vmstate.compare.QemuVersion;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.wire.ReadLimits;

/// The orchestrator of `docs/guide/embed-the-check.md`.
final class EmbedCheck {
    private EmbedCheck() {}

    /// Whether a host can take over a saved guest.
    static CheckResult check(Path image, Path reference, byte[] dump, QemuVersion version)
            throws IOException {
        try (StreamFile guest = StreamFile.open(image, StreamFile.Options.DEFAULT);
                StreamFile own = StreamFile.open(reference, StreamFile.Options.DEFAULT)) {
            Destination host =
                    Destination.builder()
                            .descriptions(MachineDescriptions.parse(dump, ReadLimits.DEFAULT))
                            .reference(SavedMachine.read(MachineReader.of(own.reader())))
                            .version(version)
                            .build();
            return MigrationCheck.check(SavedMachine.read(MachineReader.of(guest.reader())), host);
        }
    }
}
