// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.timer;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// A timer that counts down from a limit, once or again and again, as a structure in a device's
/// section.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_ptimer`.
public final class PeriodicTimer {
    /// 0 if the timer is stopped, 1 if it is periodic, 2 if it runs once.
    public byte enabled;

    /// The number of ticks from which the timer counts; u64.
    public long limit;

    /// The ticks that are left, while the timer is stopped; u64.
    public long delta;

    /// The fraction of [#period], in units of 2^-32 nanoseconds; u32.
    public int periodFrac;

    /// The duration of a tick in nanoseconds.
    public long period;

    /// The time of the last event in nanoseconds.
    public long lastEvent;

    /// The time of the next event in nanoseconds.
    public long nextEvent;

    /// The deadline of the timer in nanoseconds, -1 if it is not armed.
    public long timer = -1;

    /// Creates a device whose values are all zero.
    public PeriodicTimer() {}

    /// The description of the structure.
    public static final VMStateDescription<PeriodicTimer> VMSTATE =
            VMStateDescription.builder("ptimer", PeriodicTimer.class, MethodHandles.lookup())
                    .fields(
                            uint8("enabled"),
                            uint64("limit"),
                            uint64("delta"),
                            uint32("period_frac"),
                            int64("period"),
                            int64("last_event"),
                            int64("next_event"),
                            timer("timer"))
                    .build();
}
