// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;

/// Reads schemas from the JSON of a dump.
final class SchemaReader {
    private final JsonDocument json;

    SchemaReader(JsonDocument json) {
        this.json = json;
    }

    SchemaDump.Device device(JsonObject device) throws VMStateException {
        int version = version(device, DumpKeys.VERSION_ID);
        int minimum = version(device, DumpKeys.MINIMUM_VERSION_ID);
        JsonValue description = JsonDocument.first(device, DumpKeys.DESCRIPTION);
        return new SchemaDump.Device(
                json.string(device, DumpKeys.TYPE_NAME),
                version,
                minimum,
                description == null
                        ? new Schema("", version, minimum, null, List.of())
                        : schema(json.object(device, description, DumpKeys.DESCRIPTION)));
    }

    private Schema schema(JsonObject object) throws VMStateException {
        String name = json.string(object, DumpKeys.NAME);
        try {
            JsonValue minimum = JsonDocument.first(object, DumpKeys.MINIMUM_VERSION_ID);
            JsonValue fields = JsonDocument.first(object, DumpKeys.FIELDS);
            return new Schema(
                    name,
                    version(object, DumpKeys.VERSION_ID),
                    minimum == null ? null : version(object, DumpKeys.MINIMUM_VERSION_ID),
                    fields == null ? null : fields(object, fields),
                    schemas(object, DumpKeys.SUBSECTIONS));
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    /// Returns the descriptions in a member that is a list; none if the member is missing.
    private List<Schema> schemas(JsonObject object, String name) throws VMStateException {
        JsonValue list = JsonDocument.first(object, name);
        if (list == null) {
            return List.of();
        }
        List<Schema> schemas = new ArrayList<>();
        for (JsonObject schema : json.objects(object, list, name)) {
            schemas.add(schema(schema));
        }
        return schemas;
    }

    private List<SchemaField> fields(JsonObject object, JsonValue list) throws VMStateException {
        List<SchemaField> fields = new ArrayList<>();
        for (JsonObject field : json.objects(object, list, DumpKeys.FIELDS)) {
            String name = json.string(field, DumpKeys.FIELD);
            try {
                fields.add(field(name, field));
            } catch (VMStateException e) {
                throw e.within(name);
            }
        }
        return fields;
    }

    private SchemaField field(String name, JsonObject field) throws VMStateException {
        JsonValue type = JsonDocument.first(field, DumpKeys.WIRE_TYPE);
        JsonValue version = JsonDocument.first(field, DumpKeys.WIRE_VERSION);
        return new SchemaField(
                name,
                presence(field),
                repetition(field),
                nested(field),
                version == null ? null : version(field, DumpKeys.WIRE_VERSION),
                type == null ? null : json.string(field, type, DumpKeys.WIRE_TYPE),
                size(field, DumpKeys.WIRE_SIZE),
                JsonDocument.first(field, DumpKeys.SIZE_OF) == null
                        ? size(field, DumpKeys.SIZE)
                        : null);
    }

    private @Nullable SchemaExistence presence(JsonObject field) throws CorruptException {
        JsonValue tested = JsonDocument.first(field, DumpKeys.FIELD_EXISTS);
        return tested == null
                ? null
                : new SchemaExistence(
                        version(field, DumpKeys.VERSION_ID),
                        json.truth(field, tested, DumpKeys.FIELD_EXISTS));
    }

    private @Nullable Repetition repetition(JsonObject field) throws CorruptException {
        JsonValue number = JsonDocument.first(field, DumpKeys.NUM);
        if (number != null) {
            return new Repetition.Times(
                    (int) json.integer(field, number, DumpKeys.NUM, 0, Integer.MAX_VALUE));
        }
        return switch (JsonDocument.first(field, DumpKeys.WIRE_COUNT)) {
            case null -> null;
            case JsonString(String value) when value.equals(DumpKeys.ONCE) -> new Repetition.Once();
            case JsonString(String value) when value.equals(DumpKeys.BY_STATE) ->
                    new Repetition.ByState();
            default -> throw json.corrupt(DumpKeys.WIRE_COUNT + " has no known value", field);
        };
    }

    private List<Schema> nested(JsonObject field) throws VMStateException {
        JsonValue description = JsonDocument.first(field, DumpKeys.DESCRIPTION);
        return description == null
                ? schemas(field, DumpKeys.WIRE_NESTED)
                : List.of(schema(json.object(field, description, DumpKeys.DESCRIPTION)));
    }

    private @Nullable Long size(JsonObject field, String name) throws CorruptException {
        JsonValue size = JsonDocument.first(field, name);
        return size == null ? null : json.integer(field, size, name, 0, Long.MAX_VALUE);
    }

    private int version(JsonObject object, String name) throws CorruptException {
        return (int) json.integer(object, name, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
