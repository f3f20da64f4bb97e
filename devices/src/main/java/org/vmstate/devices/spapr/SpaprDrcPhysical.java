// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `spapr_drc/physical`: the part of a connector for physical devices, such as those of
/// PCI. The instance is the connector's index.
///
/// Checked against streams of QEMU 7.2 and 10.0. QEMU: `vmstate_spapr_drc_physical`.
public final class SpaprDrcPhysical {
    /// The indicator that the guest has set: 0 inactive, 1 active, 2 identify, 3 action; u32.
    public int drIndicator;

    /// Creates a device whose values are all zero.
    public SpaprDrcPhysical() {}

    /// The description of the section.
    public static final VMStateDescription<SpaprDrcPhysical> VMSTATE =
            VMStateDescription.builder(
                            "spapr_drc/physical", SpaprDrcPhysical.class, MethodHandles.lookup())
                    .fields(uint32("dr_indicator"))
                    .build();
}
