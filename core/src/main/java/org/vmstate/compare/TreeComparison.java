// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TreeNode;

/// Compares the states of two devices as trees.
///
/// Fields are matched by name and order, subsections by name, the elements of arrays of the same
/// size by index, those of other arrays, of queues and of lists by content and order, and the
/// entries of trees by key.
final class TreeComparison {

    private final Alignment.Budget budget;
    private final Consumer<? super Difference> found;

    /// @param found receives the differences in the order of the wire
    TreeComparison(Alignment.Budget budget, Consumer<? super Difference> found) {
        this.budget = budget;
        this.found = found;
    }

    void compare(StateNode before, StateNode after) {
        if (before instanceof LeafNode && after instanceof LeafNode) {
            leaf(before, after);
        } else if (before.getClass() != after.getClass()) {
            found.accept(new Difference.ValueChange(before, after));
        } else if (before instanceof StructNode struct && after instanceof StructNode other) {
            struct(struct, other);
        } else if (before instanceof ArrayNode array && after instanceof ArrayNode other) {
            array(array, other);
        } else if (before instanceof QueueNode queue && after instanceof QueueNode other) {
            elements(queue.elements(), other.elements());
        } else if (before instanceof TreeNode tree && after instanceof TreeNode other) {
            tree(tree, other);
        } else if (before instanceof CompositeNode && after instanceof CompositeNode) {
            types(before, after);
            fields(before.children(), after.children());
        }
    }

    private void leaf(StateNode before, StateNode after) {
        if (before.length() != after.length()
                || MappedComparison.mismatch(before.bytes(), after.bytes()) >= 0) {
            found.accept(new Difference.ValueChange(before, after));
        } else {
            types(before, after);
        }
    }

    private void types(StateNode before, StateNode after) {
        if (!before.type().equals(after.type())) {
            property(before, "type", before.type(), after.type(), true);
        }
    }

    private void property(
            StateNode node, String property, String before, String after, boolean form) {
        found.accept(
                new Difference.PropertyChange(
                        node.path(), property, Optional.of(before), Optional.of(after), form));
    }

    private void struct(StructNode before, StructNode after) {
        if (!before.vmsdName().equals(after.vmsdName())) {
            property(before, "vmsdName", before.vmsdName(), after.vmsdName(), true);
        }
        long version = version(before);
        long versionAfter = version(after);
        // The version of a section is in its header as well, where it is compared.
        if (version != versionAfter && before.parent().isPresent()) {
            property(before, "version", Long.toString(version), Long.toString(versionAfter), false);
        }
        fields(before.fields(), after.fields());
        List<SubsectionNode> subsections = before.subsections();
        List<SubsectionNode> others = after.subsections();
        fields(subsections, others);
    }

    private static long version(StructNode struct) {
        return struct instanceof SubsectionNode subsection
                ? subsection.sentVersion()
                : struct.version();
    }

    /// Compares fields or subsections.
    private void fields(List<? extends StateNode> before, List<? extends StateNode> after) {
        boolean alike = before.size() == after.size();
        for (int i = 0; alike && i < before.size(); i++) {
            alike = before.get(i).name().equals(after.get(i).name());
        }
        if (alike) {
            for (int i = 0; i < before.size(); i++) {
                compare(before.get(i), after.get(i));
            }
        } else {
            matched(before, after, Alignment.equal(names(before), names(after), budget));
        }
    }

    private static long[] names(List<? extends StateNode> nodes) {
        return nodes.stream().mapToLong(node -> Digest.of(node.name())).toArray();
    }

    private void array(ArrayNode before, ArrayNode after) {
        List<StateNode> elements = before.elements();
        List<StateNode> others = after.elements();
        if (before.size() != after.size()) {
            elements(elements, others);
            return;
        }
        types(before, after);
        for (int i = 0; i < elements.size(); i++) {
            StateNode element = elements.get(i);
            StateNode other = others.get(i);
            if (before.marked(i) != after.marked(i)) {
                property(
                        element,
                        "marked",
                        Boolean.toString(before.marked(i)),
                        Boolean.toString(after.marked(i)),
                        true);
            }
            compare(element, other);
        }
    }

    private void elements(List<? extends StateNode> before, List<? extends StateNode> after) {
        long bytes = before.stream().mapToLong(StateNode::length).sum();
        int[] counterparts =
                Alignment.similar(
                        contents(before),
                        contents(after),
                        budget,
                        before.isEmpty() ? 0 : bytes / before.size(),
                        (i, j) -> distance(before.get(i), after.get(j)));
        matched(before, after, counterparts);
    }

    private static long[] contents(List<? extends StateNode> nodes) {
        return nodes.stream().mapToLong(TreeComparison::content).toArray();
    }

    private void tree(TreeNode before, TreeNode after) {
        List<TreeNode.Entry> entries = before.entries();
        List<TreeNode.Entry> others = after.entries();
        int[] counterparts = Alignment.equal(keys(entries), keys(others), budget);
        matched(
                entries.stream().map(TreeNode.Entry::value).toList(),
                others.stream().map(TreeNode.Entry::value).toList(),
                counterparts);
    }

    private static long[] keys(List<TreeNode.Entry> entries) {
        return entries.stream().mapToLong(entry -> content(entry.key())).toArray();
    }

    /// Compares counterparts and reports the nodes that have none, in the order of the wire.
    private void matched(
            List<? extends StateNode> before, List<? extends StateNode> after, int[] counterparts) {
        int next = 0;
        for (int i = 0; i < before.size(); i++) {
            if (counterparts[i] == Alignment.NONE) {
                found.accept(new Difference.PartOnly(Side.BEFORE, before.get(i)));
                continue;
            }
            while (next < counterparts[i]) {
                found.accept(new Difference.PartOnly(Side.AFTER, after.get(next++)));
            }
            next++;
            compare(before.get(i), after.get(counterparts[i]));
        }
        while (next < after.size()) {
            found.accept(new Difference.PartOnly(Side.AFTER, after.get(next++)));
        }
    }

    /// The share of the direct parts of two elements that differ.
    private static double distance(StateNode before, StateNode after) {
        if (before.getClass() != after.getClass()) {
            return Alignment.INCOMPATIBLE;
        }
        if (before instanceof StructNode struct
                && after instanceof StructNode other
                && (!struct.vmsdName().equals(other.vmsdName())
                        || struct.version() != other.version())) {
            return Alignment.INCOMPATIBLE;
        }
        if (before instanceof LeafNode) {
            return before.length() == after.length()
                            && MappedComparison.mismatch(before.bytes(), after.bytes()) < 0
                    ? 0
                    : 1;
        }
        List<StateNode> parts = before.children();
        List<StateNode> others = after.children();
        int total = Math.max(parts.size(), others.size());
        int same = 0;
        for (int i = 0; i < Math.min(parts.size(), others.size()); i++) {
            StateNode part = parts.get(i);
            StateNode other = others.get(i);
            if (part.name().equals(other.name())
                    && part.length() == other.length()
                    && MappedComparison.mismatch(part.bytes(), other.bytes()) < 0) {
                same++;
            }
        }
        return total == 0 ? 0 : 1 - (double) same / total;
    }

    /// Returns the digest of a node's content. Counterparts are compared afterwards, so that it
    /// need not be certain.
    private static long content(StateNode node) {
        MemorySegment bytes = node.bytes();
        long kind = Digest.of(bytes.byteSize()) ^ Digest.of(node.type());
        if (node instanceof StructNode struct) {
            kind ^= Digest.of(struct.vmsdName()) + struct.version();
        }
        return Digest.of(kind, bytes);
    }

    /// Compares the bytes after the parts of both sections that could be decoded.
    void rests(List<? extends StateNode> before, List<? extends StateNode> after) {
        List<StateNode> rests = new ArrayList<>(before);
        fields(rests, after);
    }
}
