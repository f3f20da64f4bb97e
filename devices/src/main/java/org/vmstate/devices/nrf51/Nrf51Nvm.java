// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `nrf51_soc.nvm`: the controller of the flash memory of an nRF51. The flash memory
/// itself is a block of RAM, `nrf51_soc.flash`.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_nvm`.
public final class Nrf51Nvm {
    /// The user information configuration registers; u32 each, all bits set if erased.
    public final int[] uicrContent = new int[64];

    /// The register CONFIG: 0 to read, 1 to write, 2 to erase; u32.
    public int config;

    /// Creates a device whose values are all zero.
    public Nrf51Nvm() {}

    /// The description of the section.
    public static final VMStateDescription<Nrf51Nvm> VMSTATE =
            VMStateDescription.builder("nrf51_soc.nvm", Nrf51Nvm.class, MethodHandles.lookup())
                    .fields(uint32("uicr_content").array(64), uint32("config"))
                    .build();
}
