// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// The mark before an element of an array of pointers that loading allocates: 0x31 if the element
/// follows, 0x30 if the pointer is null.
///
/// QEMU 11.1: `vmstate_info_ptr_marker`.
public final class PointerMarkNode extends LeafNode {
    private final boolean present;

    PointerMarkNode(Place place, boolean present) {
        super(place, 1);
        this.present = present;
    }

    /// Whether the element follows.
    public boolean present() {
        return present;
    }
}
