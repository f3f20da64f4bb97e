// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A boolean: one byte, written as 0 or 1, and true if it is not 0.
public final class BoolNode extends LeafNode {
    private final int raw;

    BoolNode(NodePlace place) {
        super(place, 1);
        this.raw = place.region().u8(place.offset());
    }

    /// The boolean, true if the byte is not 0.
    public boolean value() {
        return raw != 0;
    }

    /// The byte.
    public int raw() {
        return raw;
    }
}
