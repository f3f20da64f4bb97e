// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `timer` of every machine: the clocks of its processors.
final class CpuTimers {
    long cpuTicksOffset;
    long cpuClockOffset;

    static final VMStateDescription<CpuTimers> VMSTATE =
            VMStateDescription.builder("timer", CpuTimers.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(
                            int64("cpu_ticks_offset"),
                            unused(8),
                            int64("cpu_clock_offset").sinceVersion(2))
                    .build();
}
