// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// A value in the state of a machine: a number, a structure, an array, …, with its place in the
/// stream.
///
/// Nodes do not change. They look at the bytes they were decoded from rather than copy them, so
/// they are valid as long as the source of the stream is open; elements of large arrays are made
/// each time they are asked for.
public abstract sealed class StateNode
        permits LeafNode, StructNode, ArrayNode, QueueNode, TreeNode, CompositeNode {
    private final Place place;

    StateNode(Place place) {
        this.place = place;
    }

    /// The name of the field, subsection or section; empty for an element.
    public final String name() {
        return place.name();
    }

    /// The name of the type in the stream's description, such as `uint32` or `qtailq`.
    public final String type() {
        return place.type();
    }

    /// The absolute offset of the first byte in the stream.
    public final long offset() {
        return place.offset();
    }

    /// The number of bytes.
    public abstract long length();

    /// The bytes, as they stand in the stream; a view.
    public final MemorySegment bytes() {
        return place.region().slice(offset(), length());
    }

    /// The path from the section to this node, in the syntax of [StatePath].
    public final String path() {
        return place.path();
    }

    /// The node this is in; none for a section.
    public final Optional<StateNode> parent() {
        return Optional.ofNullable(place.parent());
    }

    /// The nodes directly inside this one, in the order of the wire.
    public abstract List<StateNode> children();

    /// How a path goes from the parent to this node.
    final String step() {
        return place.step();
    }

    final Place place() {
        return place;
    }

    /// The path and the type.
    @Override
    public final String toString() {
        return path() + ": " + type();
    }
}
