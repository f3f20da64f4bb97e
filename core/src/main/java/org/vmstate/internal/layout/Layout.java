// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.List;
import org.vmstate.internal.access.StateForm;

/// A description as data: names, versions, fields, subsections, hooks.
///
/// @param name the name in the stream's description
/// @param version the version that is saved, the highest that is loaded
/// @param minimumVersion the lowest version that is loaded
/// @param fields the fields in wire order
/// @param subsections the layouts of the subsections, whose fields are in the same state
/// @param hooks what happens around saving and loading
/// @param form what kind of thing a state is
/// @param unmigratable whether saving is refused
public record Layout(
        String name,
        int version,
        int minimumVersion,
        List<FieldLayout> fields,
        List<Layout> subsections,
        Hooks hooks,
        StateForm form,
        boolean unmigratable) {
    /// A layout whose lists no longer change.
    public Layout {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
    }

    /// Whether one entry can describe a whole array of structs with this layout.
    public boolean compressible() {
        return subsections.isEmpty() && fields.stream().allMatch(FieldLayout::compressible);
    }

    /// A number of bytes that no body at the current version has fewer of: its plain numbers.
    public long minimumBytes() {
        long bytes = 0;
        for (FieldLayout field : fields) {
            if (field.test() == null
                    && field.since() <= version
                    && field.count() instanceof Count.One
                    && field.element() instanceof Element.Scalar(ScalarType type, _)) {
                bytes += type.bytes();
            }
        }
        return bytes;
    }
}
