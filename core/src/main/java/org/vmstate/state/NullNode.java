// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A null pointer in an array of pointers: the one byte 0x30, `0`.
///
/// QEMU: `vmstate_info_nullptr`.
public final class NullNode extends LeafNode {
    NullNode(Place place) {
        super(place, 1);
    }
}
