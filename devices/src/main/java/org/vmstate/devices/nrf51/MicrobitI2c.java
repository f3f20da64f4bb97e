// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `microbit.i2c`: the I²C interface of a micro:bit, whose answers are fixed.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `microbit_i2c_vmstate`.
public final class MicrobitI2c {
    /// The registers, one for each word from the device's address on; u32 each.
    public final int[] regs = new int[0x400];

    /// The index of the next answer; u32.
    public int readIdx;

    /// Creates a device whose values are all zero.
    public MicrobitI2c() {}

    /// The description of the section.
    public static final VMStateDescription<MicrobitI2c> VMSTATE =
            VMStateDescription.builder("microbit.i2c", MicrobitI2c.class, MethodHandles.lookup())
                    .fields(uint32("regs").array(0x400), uint32("read_idx"))
                    .build();
}
