// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.arm;

import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.Clock;
import org.vmstate.devices.PeriodicTimer;
import org.vmstate.devices.QemuRelease;

/// The section `armv7m_systick`: the system timer of an M-profile processor.
///
/// Checked against streams of QEMU 5.2 (version 2), 7.2, 10.0 and 11.1 (version 3, which cannot
/// load version 2). QEMU: `vmstate_systick`.
public final class SysTick {
    /// The external reference clock; not in version 2.
    public final Clock refclk = new Clock();

    /// The processor's clock; not in version 2.
    public final Clock cpuclk = new Clock();

    /// The register SYST_CSR; u32.
    public int control;

    /// The time of the next tick in nanoseconds, in older implementations.
    public long tick;

    /// The counter.
    public final PeriodicTimer ptimer = new PeriodicTimer();

    /// Creates a device whose values are all zero.
    public SysTick() {}

    private static final VMStateDescription<SysTick> V2 =
            VMStateDescription.builder("armv7m_systick", SysTick.class, MethodHandles.lookup())
                    .versionId(2)
                    .fields(
                            uint32("control"),
                            int64("tick"),
                            struct("ptimer", PeriodicTimer.VMSTATE))
                    .build();

    private static final VMStateDescription<SysTick> V3 =
            VMStateDescription.builder("armv7m_systick", SysTick.class, MethodHandles.lookup())
                    .versionId(3)
                    .fields(
                            struct("refclk", Clock.VMSTATE),
                            struct("cpuclk", Clock.VMSTATE),
                            uint32("control"),
                            int64("tick"),
                            struct("ptimer", PeriodicTimer.VMSTATE))
                    .build();

    /// Returns the description of the section in a release.
    public static VMStateDescription<SysTick> vmstate(QemuRelease release) {
        return release.atLeast(QemuRelease.V7_2) ? V3 : V2;
    }
}
