// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// The list of capabilities in the configuration space of a PCI device.
final class PciCapabilities {
    /// The capability of PCI Express.
    static final int EXPRESS = 0x10;

    /// The capability of MSI-X.
    static final int MSIX = 0x11;

    /// The size in bytes of the part of the configuration space that contains capabilities.
    static final int SPACE_BYTES = 256;

    private static final int FIRST_POINTER = 0x34;
    private static final int MAX_CAPABILITIES = 48;

    private final Region region;
    private final long start;

    /// Reads the capabilities of the space at an offset, whose [#SPACE_BYTES] must be available.
    PciCapabilities(Region region, long start) {
        this.region = region;
        this.start = start;
    }

    /// The offset of a capability in the space, or 0 if the device does not have it.
    int find(int id) {
        int at = byteAt(FIRST_POINTER) & ~3;
        for (int i = 0; i < MAX_CAPABILITIES && at != 0; i++) {
            if (byteAt(at) == id) {
                return at;
            }
            at = byteAt(at + 1) & ~3;
        }
        return 0;
    }

    /// The number of entries in the MSI-X table, or 0 if the device has none.
    int msixEntries() {
        int at = find(MSIX);
        return at == 0 ? 0 : (byteAt(at + 2) | (byteAt(at + 3) & 7) << 8) + 1;
    }

    private int byteAt(int offset) {
        return region.u8(start + (offset & 0xff));
    }
}
