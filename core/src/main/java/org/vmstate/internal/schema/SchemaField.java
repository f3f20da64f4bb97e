// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One field of a schema. What the source of the schema does not say is null.
///
/// @param name the name in the stream's description
/// @param presence when a body has the field
/// @param repetition how many elements it has
/// @param nested the descriptions of what is in each element: of a structure, a temporary or the
///   elements of a queue one; of a tree its keys' (unless these are numbers) and its values'; where
///   a stream's description has several different ones, all of them
/// @param structVersion the version that a structure is written at, where that is not its
///   description's current one
/// @param wireType the name of its type in the stream's description
/// @param wireSize how many bytes one element takes on the wire
/// @param memorySize how many bytes one element takes in QEMU's memory
public record SchemaField(
        String name,
        @Nullable Presence presence,
        @Nullable Repetition repetition,
        List<Schema> nested,
        @Nullable Integer structVersion,
        @Nullable String wireType,
        @Nullable Long wireSize,
        @Nullable Long memorySize) {
    /// A field whose list no longer changes.
    public SchemaField {
        nested = List.copyOf(nested);
    }
}
