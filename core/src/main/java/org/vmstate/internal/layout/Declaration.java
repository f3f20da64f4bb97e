// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaField;

/// The declared parts of a description: names, versions, fields, subsections and hooks, not bound
/// to any kind of state.
///
/// @param name the name in the stream's description
/// @param version the version that is saved, which is also the highest that can be loaded
/// @param minimumVersion the lowest version that can be loaded
/// @param fields the fields in wire order
/// @param subsections the subsections, in the order they are sent
/// @param hooks the functions to call before and after saving and loading
/// @param unmigratable whether saving is refused
/// @param notSent the members of the state that are deliberately not sent
/// @param partial whether it describes only a part of a record; the parent describes the rest
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
    /// Copies the lists.
    public Declaration {
        fields = List.copyOf(fields);
        subsections = List.copyOf(subsections);
        notSent = Set.copyOf(notSent);
    }

    /// Returns the schema: the declaration without its code, for other programs.
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

    /// Returns the size of a body written at a version, or null if it depends on the state.
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
