// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One field of a schema. A property that the source of the schema does not contain is null.
///
/// @param name the name in the stream's description
/// @param presence the condition under which a body has the field
/// @param repetition the number of elements
/// @param nested the descriptions that each element nests: one for a structure, a temporary or a
///   queue; for a tree, that of its keys (unless these are numbers) and that of its values; all of
///   them if a stream's description has several different ones
/// @param structVersion the version that a structure is written at, if it is not its description's
///   current version
/// @param wireType the name of its type in the stream's description
/// @param wireSize the size of one element on the wire in bytes
/// @param memorySize the size of one element in QEMU's memory in bytes
public record SchemaField(
        String name,
        @Nullable SchemaExistence presence,
        @Nullable Repetition repetition,
        List<Schema> nested,
        @Nullable Integer structVersion,
        @Nullable String wireType,
        @Nullable Long wireSize,
        @Nullable Long memorySize) {
    /// Copies the list.
    public SchemaField {
        nested = List.copyOf(nested);
    }
}
