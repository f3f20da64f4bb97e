// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.stream.Collectors;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A check, for the tests of an emulator, that a new version of a machine loads the snapshots of an
/// older one.
///
/// Keep the dump of each released version in the repository, and compare it with the current one:
///
/// ```java
/// @Test
/// void snapshotsOfVersion1Load() throws Exception {
///     byte[] released = Files.readAllBytes(Path.of("src/test/resources/board-1.0.json"));
///     CompatibilityCheck.requireCompatible(released, machine.dump());
/// }
/// ```
///
/// A failure names each field that strands the old snapshots. Unlike for QEMU's dumps, the sizes on
/// the wire are known, and a subsection that the new version lacks is a failure, since some
/// snapshot has it.
public final class CompatibilityCheck {
    private CompatibilityCheck() {}

    /// Returns what prevents a machine with the second dump from loading what one with the first
    /// wrote; empty if nothing does.
    ///
    /// Throws `CorruptException` if a text is not a dump.
    ///
    /// @param older the dump of the version that wrote the snapshots, as
    ///   [org.vmstate.savevm.Machine#dump()] returns it
    /// @param newer the dump of the version that is to load them
    public static List<Reason> differences(byte[] older, byte[] newer) throws VMStateException {
        CheckResult result =
                MigrationCheck.check(
                        MachineDescriptions.parse(older, ReadLimits.DEFAULT),
                        MachineDescriptions.parse(newer, ReadLimits.DEFAULT));
        return result.reasons().stream()
                .filter(
                        r ->
                                r.effect() == Reason.Effect.REFUSES
                                        || r.effect() == Reason.Effect.MAY_REFUSE)
                .toList();
    }

    /// Throws an [AssertionError] that lists [#differences], unless there are none.
    ///
    /// Throws `CorruptException` if a text is not a dump.
    public static void requireCompatible(byte[] older, byte[] newer) throws VMStateException {
        List<Reason> differences = differences(older, newer);
        if (!differences.isEmpty()) {
            throw new AssertionError(
                    "this version does not load all snapshots of the older one:"
                            + differences.stream()
                                    .map(r -> "\n  " + r)
                                    .collect(Collectors.joining()));
        }
    }
}
