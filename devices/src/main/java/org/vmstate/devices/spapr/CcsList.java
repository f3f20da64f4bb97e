// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.qtailq;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// The queue `ccs_list` of a pseries machine, as QEMU first described it in 2016: the device trees
/// that the guest is reading.
///
/// The releases of [org.vmstate.devices.QemuRelease] do not send it. Its bytes and its text are
/// checked against what QEMU's C engine writes for this declaration. QEMU:
/// `vmstate_spapr_ccs_list`.
public final class CcsList {
    /// The readings in progress.
    public final TailQueue<ConfigureConnector> ccsList = new TailQueue<>(c -> c.next);

    /// Creates a device whose values are all zero.
    public CcsList() {}

    /// The description of the list.
    public static final VMStateDescription<CcsList> VMSTATE =
            VMStateDescription.builder("spaprccslist", CcsList.class, MethodHandles.lookup())
                    .needed(list -> !list.ccsList.isEmpty())
                    .fields(
                            qtailq(
                                    "ccs_list",
                                    1,
                                    ConfigureConnector.VMSTATE,
                                    ConfigureConnector::new))
                    .build();
}
