// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// Bytes without further structure: a buffer, a gap, or the state of a type whose format only its
/// device knows.
public final class BytesNode extends LeafNode {
    private final Kind kind;

    BytesNode(NodePlace place, long length, Kind kind) {
        super(place, length);
        this.kind = kind;
    }

    /// The purpose of the bytes.
    public Kind kind() {
        return kind;
    }

    /// The purposes of bytes.
    public enum Kind {
        /// The content of a buffer.
        BUFFER,
        /// A gap for data of an older version; without meaning.
        UNUSED,
        /// A value whose format only the device knows.
        OPAQUE
    }
}
