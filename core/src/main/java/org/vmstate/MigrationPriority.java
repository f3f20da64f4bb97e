// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

/// The order in which the sections of devices are sent: higher priorities first.
///
/// QEMU: `MigrationPriority`.
public enum MigrationPriority {
    /// After all others.
    LOW,
    /// Unless another is declared.
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
