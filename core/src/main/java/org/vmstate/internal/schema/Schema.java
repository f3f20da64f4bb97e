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

/// The declared properties of a description, without any state. A property that the source of the
/// schema does not contain is null.
///
/// QEMU: `VMStateDescription`.
///
/// @param name the name in the stream's description
/// @param version the version that is saved, which is also the highest that can be loaded
/// @param minimumVersion the lowest version that can be loaded
/// @param listedFields the fields in wire order; null if the description has no list of fields,
///   which `-dump-vmstate` distinguishes from an empty one
/// @param subsections the subsections in the order they are sent
public record Schema(
        String name,
        int version,
        @Nullable Integer minimumVersion,
        @Nullable List<SchemaField> listedFields,
        List<Schema> subsections) {
    /// Copies the lists.
    public Schema {
        listedFields = listedFields == null ? null : List.copyOf(listedFields);
        subsections = List.copyOf(subsections);
    }

    /// The fields in wire order.
    public List<SchemaField> fields() {
        return listedFields == null ? List.of() : listedFields;
    }

    /// Returns the schema of one body in a stream's description: the version it was written at, and
    /// the fields and subsections that were sent. The conditions under which they are sent are
    /// unknown.
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
        for (FieldRun.CountedField counted : run.fields()) {
            FieldDescription entry = counted.field();
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

    /// Returns the number of elements of a value in a stream; null if the array contains markers,
    /// since only the bytes tell which markers replace an element.
    private static @Nullable Repetition repetition(FieldRun run) {
        if (!run.array()) {
            return new Repetition.Once();
        }
        int count = 0;
        for (FieldRun.CountedField counted : run.fields()) {
            if (counted.field().isPointerMarker()) {
                return null;
            }
            count = Math.addExact(count, counted.count());
        }
        return new Repetition.Times(count);
    }

    private static boolean marksPointer(String type) {
        return type.equals(TypeNames.NULL_POINTER) || type.equals(TypeNames.POINTER_MARKER);
    }
}
