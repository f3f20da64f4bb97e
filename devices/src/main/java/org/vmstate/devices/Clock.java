// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// A clock input or output of a device, as a structure in the device's section.
///
/// Checked against streams of QEMU 7.2, 10.0 and 11.1; the subsection only against `-dump-vmstate`.
/// QEMU: `vmstate_clock`, `vmstate_muldiv`.
public final class Clock {
    /// The period in units of 2^-32 nanoseconds, 0 if the clock is stopped; u64.
    public long period;

    /// The factor by which the period is multiplied for the clock's children; u32.
    public int multiplier = 1;

    /// The number by which the period is divided for the clock's children; u32.
    public int divider = 1;

    /// Creates a device whose values are all zero.
    public Clock() {}

    private static final VMStateDescription<Clock> MULDIV =
            VMStateDescription.builder("clock/muldiv", Clock.class, MethodHandles.lookup())
                    .needed(c -> c.multiplier != 1 || c.divider != 1)
                    .fields(uint32("multiplier"), uint32("divider"))
                    .build();

    /// The description of the structure.
    public static final VMStateDescription<Clock> VMSTATE =
            VMStateDescription.builder("clock", Clock.class, MethodHandles.lookup())
                    .versionId(0)
                    .preLoad(
                            c -> {
                                c.multiplier = 1;
                                c.divider = 1;
                            })
                    .fields(uint64("period"))
                    .subsections(MULDIV)
                    .build();
}
