// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.List;
import org.vmstate.internal.layout.FieldDeclaration;

/// A declared field with the layouts of the descriptions that it nests.
///
/// @param declaration what was declared
/// @param nested the layout of a structure, temporary or queue element; of a tree those of its keys
///   (unless these are numbers) and values; empty for other fields
public record FieldBinding(FieldDeclaration declaration, List<Layout> nested) {
    /// A field whose list no longer changes.
    public FieldBinding {
        nested = List.copyOf(nested);
    }
}
