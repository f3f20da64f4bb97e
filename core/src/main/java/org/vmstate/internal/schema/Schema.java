// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.StructDescription;

/// What a description declares, without any state. What the source of the schema does not say is
/// null.
///
/// QEMU: `VMStateDescription`.
///
/// @param name the name in the stream's description
/// @param version the version that is saved, the highest that is loaded
/// @param minimumVersion the lowest version that is loaded
/// @param listedFields the fields in wire order; null where the description has no list of fields,
///   which `-dump-vmstate` tells from an empty one
/// @param subsections the subsections in the order they are sent
public record Schema(
        String name,
        int version,
        @Nullable Integer minimumVersion,
        @Nullable List<SchemaField> listedFields,
        List<Schema> subsections) {
    /// A schema whose lists no longer change.
    public Schema {
        listedFields = listedFields == null ? null : List.copyOf(listedFields);
        subsections = List.copyOf(subsections);
    }

    /// The fields in wire order.
    public List<SchemaField> fields() {
        return listedFields == null ? List.of() : listedFields;
    }

    /// What a stream's description says of one body: the version it was written at, and the fields
    /// and subsections that were sent. Under which condition they are sent is not known.
    public static Schema of(StructDescription body) {
        List<SchemaField> fields = new ArrayList<>();
        for (FieldRun run : body.runs()) {
            fields.add(field(run));
        }
        return new Schema(
                body.vmsdName(),
                body.version(),
                null,
                fields,
                body.subsections().stream().map(Schema::of).toList());
    }

    private static SchemaField field(FieldRun run) {
        Set<Schema> nested = new LinkedHashSet<>();
        String type = TypeNames.NULL_POINTER;
        Long size = null;
        boolean oneSize = true;
        for (FieldRun.Part part : run.parts()) {
            FieldDescription entry = part.field();
            if (marksPointer(entry.type())) {
                continue;
            }
            type = entry.type();
            oneSize &= size == null || size == entry.size();
            size = entry.size();
            entry.struct().map(Schema::of).ifPresent(nested::add);
            entry.elements().forEach(element -> nested.add(of(element)));
        }
        return new SchemaField(
                run.name(),
                null,
                repetition(run),
                List.copyOf(nested),
                null,
                type,
                oneSize ? size : null,
                null);
    }

    /// How many elements a value of a stream has; null where markers stand beside the elements,
    /// since only the bytes tell which of them stands for an element.
    private static @Nullable Repetition repetition(FieldRun run) {
        if (!run.array()) {
            return new Repetition.Once();
        }
        int count = 0;
        for (FieldRun.Part part : run.parts()) {
            if (part.field().isPointerMarker()) {
                return null;
            }
            count = Math.addExact(count, part.count());
        }
        return new Repetition.Times(count);
    }

    private static boolean marksPointer(String type) {
        return type.equals(TypeNames.NULL_POINTER) || type.equals(TypeNames.POINTER_MARKER);
    }
}
