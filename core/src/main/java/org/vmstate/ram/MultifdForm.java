// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// What a destination with multifd expects, which depends on its machine type.
public enum MultifdForm {
    /// QEMU before 8.1, and machine types up to 8.0: channels are synchronized at the end of each
    /// section body; zero pages are in the main channel.
    MACHINES_UP_TO_8_0(false, false),
    /// Machine types 8.1 and 8.2: channels are synchronized by a record; zero pages are in the main
    /// channel.
    MACHINES_FROM_8_1(true, false),
    /// Machine types from 9.0 on, and the destinations of this library: channels are synchronized
    /// by a record; zero pages are in the packets.
    MACHINES_FROM_9_0(true, true);

    private final boolean flushRecords;
    private final boolean zeroPages;

    MultifdForm(boolean flushRecords, boolean zeroPages) {
        this.flushRecords = flushRecords;
        this.zeroPages = zeroPages;
    }

    /// Whether a record of the main channel is the sync point, not the end of a body.
    boolean flushRecords() {
        return flushRecords;
    }

    /// Whether packets contain zero pages.
    boolean zeroPages() {
        return zeroPages;
    }
}
