// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.vmstate.internal.file.MappedComparison;

/// A value in the state of a machine, such as a number, a structure or an array, with its position
/// in the stream.
///
/// Immutable. Nodes are views of the bytes from which they were decoded, so they are valid while
/// the source of the stream is open. Elements of large arrays are created at every access.
public abstract sealed class StateNode
        permits LeafNode, StructNode, ArrayNode, QueueNode, TreeNode, CompositeNode {
    private final NodePlace place;

    StateNode(NodePlace place) {
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

    /// The size in bytes.
    public abstract long length();

    /// A view of the bytes in the stream.
    public final MemorySegment bytes() {
        return place.region().slice(offset(), length());
    }

    /// The path from the section to this node.
    public final StatePath path() {
        return place.path();
    }

    /// The text of the path, without quotes if it finds this node, else with quotes.
    public final String pathText() {
        StateNode root = this;
        while (root.place.parent() != null) {
            root = root.place.parent();
        }
        StatePath path = path();
        StructNode section = (StructNode) root;
        if (section.hasPlainNames()) {
            return path.plain();
        }
        // a quote in a name may look like the beginning of a name in quotes
        String plain = path.plain();
        boolean unique =
                plain.indexOf('"') < 0
                        && StatePath.find(List.of(section), plain)
                                .filter(
                                        found ->
                                                found == this
                                                        || found.path()
                                                                .toString()
                                                                .equals(path.toString()))
                                .isPresent();
        return unique ? plain : path.toString();
    }

    /// The enclosing node; empty for a section.
    public final Optional<StateNode> parent() {
        return Optional.ofNullable(place.parent());
    }

    /// The direct children, in the order of the wire.
    public abstract List<StateNode> children();

    /// Whether another node has the same content: the same names, types and versions, and the same
    /// values in the same structure. Offsets are not compared.
    public final boolean contentEquals(StateNode other) {
        if (this == other) {
            return true;
        }
        if (getClass() != other.getClass()
                || !name().equals(other.name())
                || !type().equals(other.type())
                || !sameHead(other)) {
            return false;
        }
        if (this instanceof LeafNode) {
            return MappedComparison.mismatch(bytes(), other.bytes()) < 0;
        }
        List<StateNode> mine = children();
        List<StateNode> others = other.children();
        boolean equal = length() == other.length() && mine.size() == others.size();
        for (int i = 0; equal && i < mine.size(); i++) {
            equal = mine.get(i).contentEquals(others.get(i));
        }
        return equal;
    }

    /// Compares a node of the same class, except for its children.
    private boolean sameHead(StateNode other) {
        return switch (this) {
            case SubsectionNode subsection
                    when other instanceof SubsectionNode o
                            && subsection.sentVersion() != o.sentVersion() ->
                    false;
            case StructNode struct when other instanceof StructNode o ->
                    struct.version() == o.version() && struct.vmsdName().equals(o.vmsdName());
            case ArrayNode array when other instanceof ArrayNode o -> array.sameMarkers(o);
            default -> true;
        };
    }

    /// The step of a path from the parent to this node.
    final StatePath.Step step() {
        return place.step();
    }

    final NodePlace place() {
        return place;
    }

    /// The path and the type.
    @Override
    public final String toString() {
        return path().plain() + ": " + type();
    }
}
