// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `spapr_drc`: a dynamic reconfiguration connector, to which the guest sees a device
/// plugged. The instance is the connector's index.
///
/// Checked against streams of QEMU 7.2 and 10.0; the subsection only against its sources. QEMU:
/// `vmstate_spapr_drc`.
public final class SpaprDrc {
    /// The connector's state, a number of the state machine in QEMU's `SpaprDrcState`; u32.
    public int state;

    /// Whether the host waits for the guest to release the device. Not in 5.2.
    public boolean unplugRequested;

    /// Creates a device whose values are all zero.
    public SpaprDrc() {}

    private static final VMStateDescription<SpaprDrc> UNPLUG_REQUESTED =
            VMStateDescription.builder(
                            "spapr_drc/unplug_requested", SpaprDrc.class, MethodHandles.lookup())
                    .needed(drc -> drc.unplugRequested)
                    .fields(bool("unplug_requested"))
                    .build();

    /// The description of the section.
    public static final VMStateDescription<SpaprDrc> VMSTATE =
            VMStateDescription.builder("spapr_drc", SpaprDrc.class, MethodHandles.lookup())
                    .fields(uint32("state"))
                    .subsections(UNPLUG_REQUESTED)
                    .build();
}
