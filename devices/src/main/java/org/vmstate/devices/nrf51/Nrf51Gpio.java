// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `nrf51_soc.gpio`: the 32 pins of an nRF51.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_nrf51_gpio`.
public final class Nrf51Gpio {
    /// The number of pins.
    public static final int PINS = 32;

    /// The levels that are put out, a bit for each pin.
    public int out;

    /// The levels that are read, a bit for each pin.
    public int in;

    /// The pins that are connected to something outside, a bit for each.
    public int inMask;

    /// The pins that are outputs, a bit for each.
    public int dir;

    /// The configuration register of each pin; u32.
    public final int[] cnf = new int[PINS];

    /// [#out] before the last change.
    public int oldOut;

    /// The pins that were outputs before the last change, a bit for each.
    public int oldOutConnected;

    /// Creates a device whose values are all zero.
    public Nrf51Gpio() {}

    /// The description of the section.
    public static final VMStateDescription<Nrf51Gpio> VMSTATE =
            VMStateDescription.builder("nrf51_soc.gpio", Nrf51Gpio.class, MethodHandles.lookup())
                    .fields(
                            uint32("out"),
                            uint32("in"),
                            uint32("in_mask"),
                            uint32("dir"),
                            uint32("cnf").array(PINS),
                            uint32("old_out"),
                            uint32("old_out_connected"))
                    .build();
}
