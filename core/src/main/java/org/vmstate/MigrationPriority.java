// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

/// When a device's section is sent among those of other devices: higher ones first.
///
/// QEMU: `MigrationPriority`.
public enum MigrationPriority {
    /// After all others.
    LOW,
    /// Where nothing else is said.
    DEFAULT,
    /// Before the devices behind an IOMMU.
    IOMMU,
    /// Before IOMMUs.
    PCI_BUS,
    /// Before IOMMUs.
    VIRTIO_MEM,
    /// Before PCI devices.
    GICV3_ITS,
    /// Before the interrupt translation service.
    GICV3
}
