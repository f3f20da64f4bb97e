// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A counted string: one byte with the length, then the characters.
///
/// QEMU: `vmstate_info_capability`.
public final class TextNode extends LeafNode {
    private final String value;

    TextNode(NodePlace place, String value, long length) {
        super(place, length);
        this.value = value;
    }

    /// The string.
    public String value() {
        return value;
    }
}
