// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A truth value: one byte, which writers make 0 or 1 and readers compare with 0.
public final class BoolNode extends LeafNode {
    private final int raw;

    BoolNode(NodePlace place) {
        super(place, 1);
        this.raw = place.region().u8(place.offset());
    }

    /// Whether the byte is not 0.
    public boolean value() {
        return raw != 0;
    }

    /// The byte.
    public int raw() {
        return raw;
    }
}
