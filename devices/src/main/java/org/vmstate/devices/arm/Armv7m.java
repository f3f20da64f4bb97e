// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.arm;

import static org.vmstate.VMStateFields.struct;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.Clock;

/// The section `armv7m`: the clocks of the container of an M-profile processor. QEMU 5.2 has no
/// such section.
///
/// Checked against streams of QEMU 7.2, 10.0 and 11.1. QEMU: `vmstate_armv7m`.
public final class Armv7m {
    /// The reference clock of the system timer.
    public final Clock refclk = new Clock();

    /// The processor's clock.
    public final Clock cpuclk = new Clock();

    /// Creates a device whose values are all zero.
    public Armv7m() {}

    /// The description of the section.
    public static final VMStateDescription<Armv7m> VMSTATE =
            VMStateDescription.builder("armv7m", Armv7m.class, MethodHandles.lookup())
                    .fields(struct("refclk", Clock.VMSTATE), struct("cpuclk", Clock.VMSTATE))
                    .build();
}
