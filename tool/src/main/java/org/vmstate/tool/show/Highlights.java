// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.TreeNode;
import org.vmstate.wire.Printable;

/// Summarizes the queues, lists and trees of a state that are not empty, with one line per element.
final class Highlights {
    private static final int LONGEST = 100;

    private Highlights() {}

    /// All queues, lists and trees below `node` that are not empty.
    static List<StateNode> find(StateNode node) {
        List<StateNode> found = new ArrayList<>();
        search(node, found);
        return found;
    }

    private static void search(StateNode node, List<StateNode> found) {
        if (node instanceof QueueNode || node instanceof TreeNode) {
            if (!node.children().isEmpty()) {
                found.add(node);
            }
        } else if (!(node instanceof LeafNode)
                && !(node instanceof ArrayNode array && array.uniform())) {
            node.children().forEach(child -> search(child, found));
        }
    }

    /// The elements of a queue, list or tree, each as `name value, name value, …`.
    static List<String> lines(StateNode node) {
        return switch (node) {
            case QueueNode queue -> queue.elements().stream().map(Highlights::summary).toList();
            case TreeNode tree ->
                    tree.entries().stream()
                            .map(e -> summary(e.key()) + " → " + summary(e.value()))
                            .toList();
            default -> List.of();
        };
    }

    private static String summary(StateNode node) {
        if (node instanceof LeafNode leaf) {
            return value(leaf);
        }
        StringBuilder line = new StringBuilder();
        for (StateNode child : node.children()) {
            if (line.length() > LONGEST) {
                return line.append(", …").toString();
            }
            line.append(line.isEmpty() ? "" : ", ");
            line.append(Printable.text(child.name())).append(' ');
            line.append(child instanceof StructNode ? "{" + summary(child) + "}" : value(child));
        }
        return line.toString();
    }

    private static String value(StateNode node) {
        final int shortBytes = 8;
        return node instanceof BytesNode bytes && bytes.length() <= shortBytes
                ? ValueText.bytes(bytes.bytes())
                : ValueText.line(node).replace("  ", " ");
    }
}
