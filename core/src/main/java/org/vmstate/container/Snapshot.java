// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.time.Duration;
import java.time.Instant;

/// An internal snapshot of a disk image, as its table lists it.
///
/// @param id QEMU's number for it, as text
/// @param name the name that the user gave it
/// @param created when it was made
/// @param guestClock how long the guest had run
/// @param stateBytes the size of the stream in it, 0 for a snapshot of the disk alone
public record Snapshot(
        String id, String name, Instant created, Duration guestClock, long stateBytes) {
    /// Whether a stream is in it.
    public boolean hasState() {
        return stateBytes > 0;
    }
}
