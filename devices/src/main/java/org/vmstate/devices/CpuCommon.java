// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.internal.Flags;

/// The section `cpu_common` of a processor, the part that is the same for all architectures; the
/// instance is the processor's index.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1; the subsections only against its
/// sources. QEMU: `vmstate_cpu_common`.
public final class CpuCommon {
    /// Whether the processor waits for an interrupt.
    public boolean halted;

    /// The interrupts that are pending, a bit each; u32.
    public int interruptRequest;

    /// The exception that is being delivered, -1 if none.
    public int exceptionIndex = -1;

    /// Whether the guest has reported a crash.
    public boolean crashOccurred;

    /// Creates a device whose values are all zero.
    public CpuCommon() {}

    private static final VMStateDescription<CpuCommon> EXCEPTION_INDEX =
            VMStateDescription.builder(
                            "cpu_common/exception_index", CpuCommon.class, MethodHandles.lookup())
                    .needed(c -> c.exceptionIndex != -1)
                    .fields(int32("exception_index"))
                    .build();

    private static final VMStateDescription<CpuCommon> CRASH_OCCURRED =
            VMStateDescription.builder(
                            "cpu_common/crash_occurred", CpuCommon.class, MethodHandles.lookup())
                    .needed(c -> c.crashOccurred)
                    .fields(bool("crash_occurred"))
                    .build();

    /// The description of the section.
    public static final VMStateDescription<CpuCommon> VMSTATE =
            VMStateDescription.builder("cpu_common", CpuCommon.class, MethodHandles.lookup())
                    .fields(
                            Flags.uint32("halted", c -> c.halted, (c, v) -> c.halted = v),
                            uint32("interrupt_request"))
                    .subsections(EXCEPTION_INDEX, CRASH_OCCURRED)
                    .preLoad(CpuCommon::reset)
                    .build();

    private void reset() {
        exceptionIndex = -1;
        crashOccurred = false;
    }
}
