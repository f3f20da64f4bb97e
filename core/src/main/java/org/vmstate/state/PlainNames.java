// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.HashSet;
import java.util.Set;

/// Checks whether the names in a section are such that the path of each node, written without
/// quotes, finds this node. This is so in nearly all real sections, and then no search is needed
/// for each path that is printed.
///
/// Does not use streams, switches over types and equality of records, which take long to link when
/// first executed (`docs/design/0005-start-up.md`).
final class PlainNames {
    private static final String SEPARATORS = "./[]\"";

    private PlainNames() {}

    static boolean in(StructNode section) {
        return section.name().indexOf('"') < 0 && inside(section);
    }

    private static boolean inside(StateNode node) {
        if (node instanceof LeafNode) {
            return true;
        }
        if (node instanceof StructNode struct && !distinct(struct)) {
            return false;
        }
        for (StateNode child :
                node instanceof ArrayNode array ? array.representatives() : node.children()) {
            if (!isPlain(child.step()) || !inside(child)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPlain(StatePath.Step step) {
        if (step instanceof StatePath.Field(String name)) {
            return isPlain(name);
        }
        return !(step instanceof StatePath.Subsection(String name)) || isPlain(name);
    }

    private static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (SEPARATORS.indexOf(name.charAt(i)) >= 0) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    /// Whether the values of a structure have distinct names, and no subsection's full name,
    /// `owner/name`, equals the path of a subsection of a subsection.
    private static boolean distinct(StructNode struct) {
        Set<String> fields = new HashSet<>();
        for (StateNode field : struct.fields()) {
            if (!fields.add(field.name())) {
                return false;
            }
        }
        Set<String> subsections = new HashSet<>();
        for (SubsectionNode subsection : struct.subsections()) {
            String name = ((StatePath.Subsection) subsection.step()).name();
            if (!subsections.add(name)) {
                return false;
            }
        }
        for (SubsectionNode subsection : struct.subsections()) {
            int slash = subsection.name().indexOf('/');
            if (slash >= 0 && subsections.contains(subsection.name().substring(0, slash))) {
                return false;
            }
        }
        return true;
    }
}
