// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

/// The states of a migration, in the order in which they follow each other.
///
/// QEMU: `MigrationStatus`, except for [#UNDECIDED].
public enum MigrationState {
    /// It has not begun; at a destination, no source has connected.
    NONE("none"),
    /// Connecting, and what is sent before the first page.
    SETUP("setup"),
    /// The machine at the source runs, and its memory is sent.
    ACTIVE("active"),
    /// The machine has stopped, and the source waits for the call that continues.
    PRE_SWITCHOVER("pre-switchover"),
    /// The machine has stopped, and the rest of its state is sent and loaded.
    DEVICE("device"),
    /// The machine runs at the destination, and the rest of its memory is sent there.
    POSTCOPY_ACTIVE("postcopy-active"),
    /// The machine has moved.
    COMPLETED("completed"),
    /// The machine has not moved.
    FAILED("failed"),
    /// The machine has not moved, since the migration was cancelled.
    CANCELLED("cancelled"),
    /// The connection broke when it was being decided where the machine runs. It is stopped at this
    /// end.
    UNDECIDED("undecided");

    private final String label;

    MigrationState(String label) {
        this.label = label;
    }

    /// The name in QEMU's messages.
    public String label() {
        return label;
    }

    /// Whether no other state follows.
    public boolean ended() {
        return compareTo(COMPLETED) >= 0;
    }
}
