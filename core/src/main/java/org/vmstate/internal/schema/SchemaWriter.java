// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;
import org.vmstate.vmdesc.JsonValue.Member;

/// Writes schemas as the JSON of a dump: QEMU's members in QEMU's order, then the additional ones.
final class SchemaWriter {
    private final List<Member> members = new ArrayList<>();

    private SchemaWriter() {}

    static JsonObject dump(SchemaDump dump) {
        SchemaWriter root = new SchemaWriter();
        root.put(
                DumpKeys.MACHINE,
                new SchemaWriter().string(DumpKeys.TYPE_NAME, dump.machine()).object());
        for (SchemaDump.Device device : dump.devices()) {
            SchemaWriter out = new SchemaWriter();
            out.string(DumpKeys.TYPE_NAME, device.type());
            out.number(DumpKeys.VERSION_ID, device.version());
            out.number(DumpKeys.MINIMUM_VERSION_ID, device.minimumVersion());
            out.put(DumpKeys.DESCRIPTION, schema(device.schema()));
            root.put(device.type(), out.object());
        }
        return root.object();
    }

    private static JsonObject schema(Schema schema) {
        SchemaWriter out = new SchemaWriter();
        out.string(DumpKeys.NAME, schema.name());
        out.number(DumpKeys.VERSION_ID, schema.version());
        if (schema.minimumVersion() != null) {
            out.number(DumpKeys.MINIMUM_VERSION_ID, schema.minimumVersion());
        }
        if (schema.listedFields() != null) {
            List<JsonValue> fields = new ArrayList<>();
            schema.listedFields().forEach(field -> fields.add(field(field)));
            out.put(DumpKeys.FIELDS, new JsonArray(fields));
        }
        if (!schema.subsections().isEmpty()) {
            out.put(DumpKeys.SUBSECTIONS, schemas(schema.subsections()));
        }
        return out.object();
    }

    private static JsonArray schemas(List<Schema> schemas) {
        List<JsonValue> values = new ArrayList<>();
        schemas.forEach(schema -> values.add(schema(schema)));
        return new JsonArray(values);
    }

    private static JsonObject field(SchemaField field) {
        SchemaWriter out = new SchemaWriter();
        out.string(DumpKeys.FIELD, field.name());
        if (field.presence() != null) {
            out.number(DumpKeys.VERSION_ID, field.presence().since());
            out.put(
                    DumpKeys.FIELD_EXISTS,
                    field.presence().tested() ? JsonWord.TRUE : JsonWord.FALSE);
        }
        if (field.repetition() instanceof Repetition.Times(int count)) {
            out.number(DumpKeys.NUM, count);
        }
        Long memory = field.memorySize();
        Long wire = field.wireSize();
        out.number(DumpKeys.SIZE, memory != null ? memory : wire != null ? wire : 0);
        boolean structure = field.nested().size() == 1 && isStructure(field.wireType());
        if (structure) {
            out.put(DumpKeys.DESCRIPTION, schema(field.nested().getFirst()));
        }
        out.own(field, structure);
        return out.object();
    }

    private void own(SchemaField field, boolean structure) {
        if (field.wireType() != null) {
            string(DumpKeys.WIRE_TYPE, field.wireType());
        }
        if (field.wireSize() != null) {
            number(DumpKeys.WIRE_SIZE, field.wireSize());
        }
        if (field.repetition() instanceof Repetition.Once) {
            string(DumpKeys.WIRE_COUNT, DumpKeys.ONCE);
        } else if (field.repetition() instanceof Repetition.ByState) {
            string(DumpKeys.WIRE_COUNT, DumpKeys.BY_STATE);
        }
        if (field.structVersion() != null) {
            number(DumpKeys.WIRE_VERSION, field.structVersion());
        }
        if (!structure && !field.nested().isEmpty()) {
            put(DumpKeys.WIRE_NESTED, schemas(field.nested()));
        }
        if (field.memorySize() == null) {
            string(
                    DumpKeys.SIZE_OF,
                    field.wireSize() == null ? DumpKeys.OF_NOTHING : DumpKeys.OF_WIRE);
        }
    }

    /// Whether QEMU dumps the description nested in a field of a type: only for structures. The
    /// type is null if the schema is from a dump of QEMU.
    private static boolean isStructure(@Nullable String wireType) {
        return wireType == null
                || wireType.equals(TypeNames.STRUCT)
                || wireType.equals(TypeNames.VERSIONED_STRUCT);
    }

    private SchemaWriter string(String name, String value) {
        return put(name, new JsonString(value));
    }

    private SchemaWriter number(String name, long value) {
        return put(name, new JsonNumber(value));
    }

    private SchemaWriter put(String name, JsonValue value) {
        members.add(new Member(name, value));
        return this;
    }

    private JsonObject object() {
        return new JsonObject(members);
    }
}
