// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;

/// Builds the typed view of a description from its JSON, and checks all of it.
///
/// Keys that nobody knows are left alone: newer streams may have more.
final class DescriptionReader {
    private static final int MAX_DIGITS = 20;

    private final IdentityHashMap<JsonObject, Long> offsets;

    DescriptionReader(IdentityHashMap<JsonObject, Long> offsets) {
        this.offsets = offsets;
    }

    int pageSize(JsonObject root) throws CorruptException {
        int size = (int) integer(root, required(root, "page_size"), "page_size", 1, 1 << 30);
        if (Integer.bitCount(size) != 1) {
            throw corrupt("page_size " + size + " is no power of two", root);
        }
        return size;
    }

    Optional<StructDescription> configuration(JsonObject root) throws VMStateException {
        JsonValue configuration = first(root, "configuration");
        return configuration == null
                ? Optional.empty()
                : Optional.of(struct(object(root, configuration, "configuration")));
    }

    List<DeviceDescription> devices(JsonObject root) throws VMStateException {
        List<DeviceDescription> devices = new ArrayList<>();
        for (JsonObject device : objects(root, required(root, "devices"), "devices")) {
            try {
                devices.add(device(device));
            } catch (VMStateException e) {
                throw e.within("devices[" + devices.size() + "]");
            }
        }
        return List.copyOf(devices);
    }

    private DeviceDescription device(JsonObject device) throws VMStateException {
        String name = string(device, required(device, "name"), "name");
        try {
            // QEMU before 5.0 printed the number as a signed one.
            JsonValue instance = required(device, "instance_id");
            long instanceId =
                    integer(device, instance, "instance_id", Integer.MIN_VALUE, 0xffff_ffffL);
            required(device, "fields");
            return new DeviceDescription(name, instanceId & 0xffff_ffffL, struct(device));
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    private StructDescription struct(JsonObject object) throws VMStateException {
        JsonValue name = first(object, "vmsd_name");
        return struct(
                object,
                name == null ? "" : string(object, name, "vmsd_name"),
                first(object, "version"),
                first(object, "fields"),
                first(object, "subsections"));
    }

    private StructDescription struct(
            JsonObject object,
            String name,
            @Nullable JsonValue version,
            @Nullable JsonValue fields,
            @Nullable JsonValue subsections)
            throws VMStateException {
        int number =
                version == null
                        ? 0
                        : (int)
                                integer(
                                        object,
                                        version,
                                        "version",
                                        Integer.MIN_VALUE,
                                        Integer.MAX_VALUE);
        List<FieldDescription> ownFields = new ArrayList<>();
        if (fields != null) {
            for (JsonObject field : objects(object, fields, "fields")) {
                ownFields.add(field(field));
            }
        }
        List<StructDescription> ownSubsections = new ArrayList<>();
        if (subsections != null) {
            for (JsonObject subsection : objects(object, subsections, "subsections")) {
                ownSubsections.add(subsection(subsection));
            }
        }
        try {
            return new StructDescription(name, number, ownFields, ownSubsections);
        } catch (ArithmeticException e) {
            throw corrupt("sizes whose sum is no 64-bit number", object);
        }
    }

    private StructDescription subsection(JsonObject object) throws VMStateException {
        String name = string(object, required(object, "vmsd_name"), "vmsd_name");
        try {
            return struct(object);
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    private FieldDescription field(JsonObject field) throws VMStateException {
        String name = string(field, required(field, "name"), "name");
        try {
            String type = string(field, required(field, "type"), "type");
            long size = integer(field, required(field, "size"), "size", 0, Long.MAX_VALUE);
            JsonValue struct = first(field, "struct");
            return new FieldDescription(
                    name,
                    type,
                    size,
                    count(field, "array_len", 1),
                    count(field, "index", 0),
                    struct == null
                            ? Optional.empty()
                            : Optional.of(struct(object(field, struct, "struct"))),
                    elements(field));
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    /// The groups of repeated keys inside a field, each of which begins with `vmsd_name`.
    private List<StructDescription> elements(JsonObject field) throws VMStateException {
        List<StructDescription> elements = new ArrayList<>();
        List<JsonValue.Member> members = field.members();
        int at = 0;
        while (at < members.size()) {
            if (!members.get(at).name().equals("vmsd_name")) {
                at++;
                continue;
            }
            String name = string(field, members.get(at).value(), "vmsd_name");
            JsonValue version = null;
            JsonValue fields = null;
            JsonValue subsections = null;
            for (at++; at < members.size(); at++) {
                JsonValue.Member member = members.get(at);
                if (member.name().equals("version")) {
                    version = member.value();
                } else if (member.name().equals("fields")) {
                    fields = member.value();
                } else if (member.name().equals("subsections")) {
                    subsections = member.value();
                } else {
                    break;
                }
            }
            try {
                elements.add(struct(field, name, version, fields, subsections));
            } catch (VMStateException e) {
                throw e.within("[" + elements.size() + "]");
            }
        }
        return elements;
    }

    private OptionalInt count(JsonObject object, String name, int min) throws CorruptException {
        JsonValue value = first(object, name);
        return value == null
                ? OptionalInt.empty()
                : OptionalInt.of((int) integer(object, value, name, min, Integer.MAX_VALUE));
    }

    private List<JsonObject> objects(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (!(value instanceof JsonArray(List<JsonValue> values))) {
            throw corrupt(name + " is no list", where);
        }
        List<JsonObject> objects = new ArrayList<>(values.size());
        for (JsonValue element : values) {
            objects.add(object(where, element, name));
        }
        return objects;
    }

    private JsonObject object(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw corrupt(name + " is no object", where);
    }

    private String string(JsonObject where, JsonValue value, String name) throws CorruptException {
        if (value instanceof JsonString(String string)) {
            return string;
        }
        throw corrupt(name + " is no string", where);
    }

    private long integer(JsonObject where, JsonValue value, String name, long min, long max)
            throws CorruptException {
        if (value instanceof JsonNumber(String text) && text.length() <= MAX_DIGITS) {
            try {
                long number = Long.parseLong(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Fractions and what is beyond 64 bits end below, like every other wrong number.
            }
        }
        throw corrupt(name + " is no integer from " + min + " to " + max, where);
    }

    private JsonValue required(JsonObject object, String name) throws CorruptException {
        JsonValue value = first(object, name);
        if (value == null) {
            throw corrupt("no " + name, object);
        }
        return value;
    }

    private static @Nullable JsonValue first(JsonObject object, String name) {
        for (JsonValue.Member member : object.members()) {
            if (member.name().equals(name)) {
                return member.value();
            }
        }
        return null;
    }

    private CorruptException corrupt(String detail, JsonObject where) {
        return new CorruptException(
                detail, offsets.getOrDefault(where, VMStateException.NO_OFFSET));
    }
}
