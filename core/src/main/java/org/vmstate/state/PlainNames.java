// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.HashSet;
import java.util.Set;

/// The check whether the names in a section's tree are such that the text of every path, without
/// quotes, leads back to its node. That holds for nearly all real sections, and spares a search
/// along the tree for each path that is printed.
///
/// Without streams, switches over types and equality of records, which take long to link when they
/// are first reached (`docs/design/0005-start-up.md`).
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

    /// Whether all values of a structure have names of their own, and no subsection's whole name,
    /// `owner/name`, reads like a subsection of a subsection.
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
