// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.unused;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `timer` of every machine: the offsets of its clocks.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_timers`.
public final class CpuTimers {
    /// The ticks that the guest has run; the unit is that of the host's tick counter.
    public long cpuTicksOffset;

    /// The time that the guest has run, in nanoseconds of the virtual clock.
    public long cpuClockOffset;

    /// Creates a device whose values are all zero.
    public CpuTimers() {}

    /// The description of the section.
    public static final VMStateDescription<CpuTimers> VMSTATE =
            VMStateDescription.builder("timer", CpuTimers.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(
                            int64("cpu_ticks_offset"),
                            unused(8),
                            int64("cpu_clock_offset").sinceVersion(2))
                    .build();
}
