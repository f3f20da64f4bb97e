// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteOrder;

/// A timer: its expiry in nanoseconds of its clock, or that it is not armed.
///
/// QEMU: `timer_put`, `QEMUTimer`.
public final class TimerNode extends LeafNode {
    private static final long NOT_ARMED = -1;

    private final long expiry;

    TimerNode(NodePlace place) {
        super(place, Long.BYTES);
        this.expiry = place.region().bits(place.offset(), Long.BYTES, ByteOrder.BIG_ENDIAN);
    }

    /// Whether the timer is armed.
    public boolean armed() {
        return expiry != NOT_ARMED;
    }

    /// The expiry in nanoseconds; -1 if the timer is not armed.
    public long expiry() {
        return expiry;
    }
}
