// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

/// The numbers of pings and pongs by which two ends of this library decide where the machine runs.
///
/// See `docs/design/0031-live-migration.md`, Never two run. QEMU answers such a ping like any other
/// one, and ignores such a pong.
final class Confirmation {
    /// Ping of a source: it confirms the acknowledgement of a destination that can wait for that.
    static final long OFFERED = 0x564d_5301L;

    /// Pong of a destination: it waits for the confirmation. Ping of a source: the machine is to
    /// run at the destination.
    static final long RUN = 0x564d_5302L;

    /// Ping of a source: the machine is at the destination, and stays stopped as it was.
    static final long STAY_STOPPED = 0x564d_5303L;

    private Confirmation() {}
}
