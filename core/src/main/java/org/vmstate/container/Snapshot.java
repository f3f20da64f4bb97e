// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.time.Duration;
import java.time.Instant;

/// An internal snapshot of a disk image, as in the image's snapshot table.
///
/// @param id the number that QEMU assigned, as text
/// @param name the name that the user chose
/// @param created the time of its creation
/// @param guestClock the time that the guest had been running
/// @param stateBytes the size of its stream in bytes, 0 for a snapshot of the disk only
public record Snapshot(
        String id, String name, Instant created, Duration guestClock, long stateBytes) {
    /// Whether the snapshot contains a stream.
    public boolean hasState() {
        return stateBytes > 0;
    }
}
