// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// Bytes that are what they are: a buffer, a gap, or the state of a type that only its device
/// knows.
public final class BytesNode extends LeafNode {
    private final Kind kind;

    BytesNode(NodePlace place, long length, Kind kind) {
        super(place, length);
        this.kind = kind;
    }

    /// What the bytes are for.
    public Kind kind() {
        return kind;
    }

    /// What bytes can be for.
    public enum Kind {
        /// The contents of a buffer.
        BUFFER,
        /// A gap where an older version had something; without meaning.
        UNUSED,
        /// A value whose coding only the device knows.
        OPAQUE
    }
}
