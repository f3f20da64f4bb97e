// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// How far the guest has read the device tree of a device that is being plugged, by calls of
/// `ibm,configure-connector`.
///
/// QEMU: `sPAPRConfigureConnectorState`, `vmstate_spapr_ccs`.
public final class ConfigureConnector {
    /// The index of the connector; u32.
    public int drcIndex;

    /// The offset of the node in the flattened device tree, in bytes.
    public int fdtOffset;

    /// The depth of the node in the device tree.
    public int fdtDepth;

    final TailQueue.Link<ConfigureConnector> next = new TailQueue.Link<>();

    /// Creates a device whose values are all zero.
    public ConfigureConnector() {}

    /// The description of an element of the queue.
    public static final VMStateDescription<ConfigureConnector> VMSTATE =
            VMStateDescription.builder(
                            "spaprconfigureconnectorstate",
                            ConfigureConnector.class,
                            MethodHandles.lookup())
                    .fields(uint32("drc_index"), int32("fdt_offset"), int32("fdt_depth"))
                    .build();
}
