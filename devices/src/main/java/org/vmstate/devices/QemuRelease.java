// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

/// A release of QEMU against whose streams this module is checked.
///
/// A description for a release also fits those between it and the next one if they did not change
/// the device, which nobody has checked.
public enum QemuRelease {
    /// QEMU 5.2 (2020).
    V5_2,
    /// QEMU 7.2 (2022).
    V7_2,
    /// QEMU 10.0 (2025).
    V10_0,
    /// QEMU 11.1 (2026).
    V11_1;

    /// Returns whether this is `release` or a newer one.
    public boolean atLeast(QemuRelease release) {
        return compareTo(release) >= 0;
    }
}
