// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import java.util.Optional;

/// Finds the node with a path that a caller specified; the exception lists the alternatives.
final class NodeLookup {
    private static final int MAX_LISTED = 12;

    private NodeLookup() {}

    /// Returns the node with a path.
    static StateNode at(StructNode root, String path) {
        return find(root, path)
                .orElseThrow(
                        () -> new IllegalArgumentException("no value " + path + known(root, path)));
    }

    private static Optional<StateNode> find(StructNode root, String path) {
        if (path.isEmpty()) {
            return Optional.of(root);
        }
        Optional<StateNode> found = StatePath.find(List.of(root), path);
        return found.isEmpty() && (path.charAt(0) == '.' || path.charAt(0) == '/')
                ? StatePath.find(root, path)
                : found;
    }

    /// Describes the content of the innermost part of the path that exists.
    private static String known(StructNode root, String path) {
        for (int end = path.length() - 1; end >= 0; end--) {
            char c = path.charAt(end);
            if (c != '.' && c != '/' && c != '[') {
                continue;
            }
            Optional<StateNode> found = find(root, path.substring(0, end));
            if (found.isPresent()) {
                return listed(found.get());
            }
        }
        return listed(root);
    }

    private static String listed(StateNode node) {
        List<StateNode> children = node.children();
        String where = "; " + node.path().plain();
        if (node instanceof ArrayNode || node instanceof QueueNode) {
            return where + " has " + children.size() + " elements";
        }
        if (node instanceof TreeNode) {
            return where + " has " + children.size() / 2 + " entries";
        }
        if (children.isEmpty()) {
            return where + " is " + node.type() + " with nothing inside";
        }
        List<String> names =
                children.stream()
                        .limit(MAX_LISTED)
                        .map(
                                child ->
                                        switch (child.step()) {
                                            case StatePath.Subsection(String name) -> "/" + name;
                                            default -> child.name();
                                        })
                        .toList();
        String more = children.size() > MAX_LISTED ? ", …" : "";
        return where + " has " + String.join(", ", names) + more;
    }
}
