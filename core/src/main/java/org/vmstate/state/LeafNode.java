// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;

/// A value that has no children.
public abstract sealed class LeafNode extends StateNode
        permits IntegerNode,
                BoolNode,
                FloatNode,
                TimerNode,
                NullNode,
                TextNode,
                BytesNode,
                BitmapNode {
    private final long length;

    LeafNode(NodePlace place, long length) {
        super(place);
        this.length = length;
    }

    @Override
    public final long length() {
        return length;
    }

    @Override
    public final List<StateNode> children() {
        return List.of();
    }
}
