// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaField;

/// A description as it was declared: names, versions, fields, subsections and hooks, not bound to
/// any kind of state.
///
/// @param name the name in the stream's description
/// @param version the version that is saved, the highest that is loaded
/// @param minimumVersion the lowest version that is loaded
/// @param fields the fields in wire order
/// @param subsections the subsections, in the order they are sent
/// @param hooks what happens around saving and loading
/// @param unmigratable whether saving is refused
/// @param notSent the members of the state that are left out on purpose
/// @param partial whether it describes only a part of a record, whose rest its parent describes
public record Declaration(
        String name,
        int version,
        int minimumVersion,
        List<FieldDeclaration> fields,
        List<Declaration> subsections,
        Hooks hooks,
        boolean unmigratable,
        Set<String> notSent,
        boolean partial) {
    /// A declaration whose lists no longer change.
    public Declaration {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
        notSent = Set.copyOf(notSent);
    }

    /// What other programs may know of it: the declaration without code.
    public Schema schema() {
        List<SchemaField> schemas = new ArrayList<>(fields.size());
        for (FieldDeclaration field : fields) {
            schemas.add(field.schema(version));
        }
        return new Schema(
                name,
                version,
                minimumVersion,
                schemas,
                subsections.stream().map(Declaration::schema).toList());
    }

    /// The bytes of a body written at a version, null where they depend on the state.
    @Nullable Long wireSize(int at) {
        if (!subsections.isEmpty()) {
            return null;
        }
        long bytes = 0;
        for (FieldDeclaration field : fields) {
            Long size = field.wholeSize(at);
            if (field.test() != null || (field.since() <= at && size == null)) {
                return null;
            }
            if (field.since() <= at && size != null) {
                bytes += size;
            }
        }
        return bytes;
    }
}
