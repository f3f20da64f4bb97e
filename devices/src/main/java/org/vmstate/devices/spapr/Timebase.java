// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.uint64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The guest's clock, as a structure of the machine.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_ppc_timebase`.
public final class Timebase {
    /// The timebase register, in ticks of 512 MHz; u64.
    public long guestTimebase;

    /// The host's time of day at that moment, in nanoseconds since 1970.
    public long timeOfTheDayNs;

    /// Creates a device whose values are all zero.
    public Timebase() {}

    /// The description of the structure.
    public static final VMStateDescription<Timebase> VMSTATE =
            VMStateDescription.builder("timebase", Timebase.class, MethodHandles.lookup())
                    .fields(uint64("guest_timebase"), int64("time_of_the_day_ns"))
                    .build();
}
