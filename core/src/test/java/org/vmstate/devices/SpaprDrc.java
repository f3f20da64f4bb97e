// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `spapr_drc`: a connector of a pseries machine for hot-pluggable devices.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class SpaprDrc {
    int state;
    private boolean unplugRequested;

    private static final VMStateDescription<SpaprDrc> UNPLUG_REQUESTED =
            VMStateDescription.builder(
                            "spapr_drc/unplug_requested", SpaprDrc.class, MethodHandles.lookup())
                    .needed(d -> d.unplugRequested)
                    .fields(bool("unplug_requested"))
                    .build();

    static final VMStateDescription<SpaprDrc> VMSTATE =
            VMStateDescription.builder("spapr_drc", SpaprDrc.class, MethodHandles.lookup())
                    .fields(uint32("state"))
                    .subsections(UNPLUG_REQUESTED)
                    .build();
}
