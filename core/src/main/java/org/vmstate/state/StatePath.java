// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.Collection;
import java.util.Optional;

/// The way to a node, as text: `spapr/spapr_pending_events.pending_events[1].summary`.
///
/// ```
/// path := section step*
/// step := . field  |  / subsection  |  [ index ]
/// section := id string  [ # instance ]            the instance where it is not 0
/// ```
///
/// Entries of a tree are `[2].key` and `[2].value`. A subsection whose name begins with the name of
/// what it belongs to is written without it (`0000:00:03.0/e1000/tso_state` for `e1000/tso_state`);
/// with it is understood too, and so is `[0]` behind what is no array. Names contain every one of
/// these signs, so a path is not taken apart alone but along the tree; where a name occurs twice,
/// the first is meant.
public final class StatePath {
    private StatePath() {}

    /// The node of a path that begins with one of these sections.
    public static Optional<StateNode> find(Collection<StructNode> sections, String path) {
        for (StructNode section : sections) {
            String key = section.step();
            Optional<StateNode> found = behind(section, key, path);
            if (found.isEmpty() && !key.contains("#")) {
                found = behind(section, key + "#0", path);
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// The node at the end of these steps, none for none.
    ///
    /// @param steps such as `.regs[3]`, empty for the node itself
    public static Optional<StateNode> find(StateNode from, String steps) {
        if (steps.isEmpty()) {
            return Optional.of(from);
        }
        if (steps.startsWith("[") && !(from instanceof TreeNode)) {
            return element(from, steps);
        }
        for (StateNode child : from.children()) {
            Optional<StateNode> found = behind(child, child.step(), steps);
            if (found.isEmpty() && child instanceof SubsectionNode) {
                found = behind(child, "/" + child.name(), steps);
            }
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<StateNode> behind(StateNode node, String step, String steps) {
        if (!steps.startsWith(step)) {
            return Optional.empty();
        }
        String rest = steps.substring(step.length());
        boolean whole = rest.isEmpty() || ".[/".indexOf(rest.charAt(0)) >= 0;
        return whole ? find(node, rest) : Optional.empty();
    }

    private static Optional<StateNode> element(StateNode from, String steps) {
        int close = steps.indexOf(']');
        if (close < 2
                || close > 10
                || !steps.substring(1, close).chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        int index = (int) Math.min(Integer.MAX_VALUE, Long.parseLong(steps.substring(1, close)));
        String rest = steps.substring(close + 1);
        return switch (from) {
            case ArrayNode array when index < array.size() ->
                    find(array.elements().get(index), rest);
            case QueueNode queue when index < queue.elements().size() ->
                    find(queue.elements().get(index), rest);
            case ArrayNode _, QueueNode _ -> Optional.empty();
            default -> index == 0 ? find(from, rest) : Optional.empty();
        };
    }
}
