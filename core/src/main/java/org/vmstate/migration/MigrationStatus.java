// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.time.Duration;
import java.util.Optional;

/// How far a migration is at the time of the call that returns this.
///
/// QEMU: `MigrationInfo`, the answer to `query-migrate`.
///
/// @param transferredBytes the number of bytes sent, or at a destination received, on all channels
/// @param remainingBytes the number of bytes of memory and iterative devices that are to be sent,
///   as far as is known; 0 at a destination
/// @param rounds how often the pages that were written to were collected (`dirty-sync-count`)
/// @param dirtyBytesPerSecond the speed at which the machine writes to memory, counted in pages
///   that have to be sent again
/// @param bytesPerSecond the speed at which bytes are sent
/// @param expectedDowntime how long the machine would stop if it were stopped now
/// @param downtime how long the machine was stopped: at the source, from the stop to the answer of
///   the destination or to now; empty if it has not been stopped
/// @param throttlePercent the part of the time for which the machine's processors are made to pause
/// @param totalTime the time since the begin
public record MigrationStatus(
        MigrationState state,
        long transferredBytes,
        long remainingBytes,
        long rounds,
        long dirtyBytesPerSecond,
        long bytesPerSecond,
        Duration expectedDowntime,
        Optional<Duration> downtime,
        int throttlePercent,
        Duration totalTime) {}
