// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.Hooks;

/// A declaration that is bound to a kind of state.
///
/// @param declaration the declaration that is bound
/// @param fields the bound fields, in wire order
/// @param subsections the layouts of the subsections, whose fields are in the same state
/// @param form the form of the states
public record Layout(
        Declaration declaration,
        List<FieldLayout> fields,
        List<Layout> subsections,
        StateForm form) {
    /// Copies the lists.
    public Layout {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
    }

    /// The name in the stream's description.
    public String name() {
        return declaration.name();
    }

    /// The version that is saved, which is also the highest that can be loaded.
    public int version() {
        return declaration.version();
    }

    /// The lowest version that can be loaded.
    public int minimumVersion() {
        return declaration.minimumVersion();
    }

    /// The header that precedes a body that is a subsection.
    public SubsectionHeader subsectionHeader() {
        return new SubsectionHeader(name(), version());
    }

    /// The functions to call before and after saving and loading.
    public Hooks hooks() {
        return declaration.hooks();
    }

    /// Whether saving is refused.
    public boolean unmigratable() {
        return declaration.unmigratable();
    }

    /// Whether one entry can describe a whole array of structs with this layout.
    public boolean compressible() {
        return subsections.isEmpty() && fields.stream().allMatch(FieldLayout::compressible);
    }

    /// Whether a body contains a queue, a list or a tree, nested structures and subsections
    /// included.
    public boolean hasCollections() {
        return hasCollections(this, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static boolean hasCollections(Layout layout, Set<Layout> examined) {
        if (!examined.add(layout)) {
            return false;
        }
        for (FieldLayout field : layout.fields) {
            if (field.element() instanceof Element.Queue
                    || field.element() instanceof Element.Tree) {
                return true;
            }
            for (Layout inner : field.nested()) {
                if (hasCollections(inner, examined)) {
                    return true;
                }
            }
        }
        for (Layout subsection : layout.subsections) {
            if (hasCollections(subsection, examined)) {
                return true;
            }
        }
        return false;
    }

    /// A lower bound on the size of a body at the current version: the size of its plain numbers.
    public long minimumBytes() {
        long bytes = 0;
        for (FieldLayout field : fields) {
            if (field.test() == null
                    && field.since() <= version()
                    && field.count() instanceof Count.One
                    && field.element() instanceof Element.Scalar(ScalarType type, _)) {
                bytes += type.bytes();
            }
        }
        return bytes;
    }
}
