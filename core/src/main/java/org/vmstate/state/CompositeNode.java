// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;

/// A value of a type whose structure is not in the stream's description, but known: `virtio`, `pci
/// config`, ….
///
/// Its parts cover its bytes without gaps. An unknown part is a [BytesNode].
public final class CompositeNode extends StateNode {
    private final Growing<StateNode> parts = new Growing<>();
    private final long length;

    CompositeNode(NodePlace place, long length) {
        super(place);
        this.length = length;
    }

    /// The parts, in the order of the wire.
    public List<StateNode> parts() {
        return parts.view();
    }

    @Override
    public List<StateNode> children() {
        return parts();
    }

    @Override
    public long length() {
        return length;
    }

    void add(StateNode part) {
        parts.add(part);
    }
}
