// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The option that chooses a snapshot in a disk image.
final class SnapshotOption {
    @Option(
            names = "--snapshot",
            paramLabel = "NAME|ID",
            description = "The snapshot to read, where the file is a disk image.")
    private @Nullable String snapshot;

    Optional<String> chosen() {
        return Optional.ofNullable(snapshot);
    }
}
