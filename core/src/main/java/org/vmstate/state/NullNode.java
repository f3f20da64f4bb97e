// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A null pointer in an array of pointers: one byte, 0x30 (`0`).
///
/// QEMU: `vmstate_info_nullptr`, from 11.1 on `vmstate_info_ptr_marker`.
public final class NullNode extends LeafNode {
    NullNode(NodePlace place) {
        super(place, 1);
    }
}
