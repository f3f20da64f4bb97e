// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// Builds the typed view of a description from its JSON and checks it completely.
///
/// Unknown keys are ignored: newer streams may have more.
final class DescriptionReader {
    private final JsonDocument json;
    private final ReadLimits limits;

    DescriptionReader(JsonDocument json, ReadLimits limits) {
        this.json = json;
        this.limits = limits;
    }

    int pageSize(JsonObject root) throws CorruptException {
        int size = (int) json.integer(root, DescriptionKeys.PAGE_SIZE, 1, 1 << 30);
        if (Integer.bitCount(size) != 1) {
            throw json.corrupt("page_size " + size + " is not a power of two", root);
        }
        return size;
    }

    Optional<StructDescription> configuration(JsonObject root) throws VMStateException {
        JsonValue configuration = JsonDocument.first(root, DescriptionKeys.CONFIGURATION);
        return configuration == null
                ? Optional.empty()
                : Optional.of(
                        struct(json.object(root, configuration, DescriptionKeys.CONFIGURATION)));
    }

    List<DeviceDescription> devices(JsonObject root) throws VMStateException {
        List<DeviceDescription> devices = new ArrayList<>();
        for (JsonObject device :
                json.objects(
                        root,
                        json.required(root, DescriptionKeys.DEVICES),
                        DescriptionKeys.DEVICES)) {
            try {
                devices.add(device(device));
            } catch (VMStateException e) {
                throw e.within("devices[" + devices.size() + "]");
            }
        }
        return List.copyOf(devices);
    }

    DeviceDescription device(JsonObject device) throws VMStateException {
        String name = name(device, DescriptionKeys.NAME);
        try {
            // QEMU before 5.0 printed the number as a signed number.
            JsonValue instance = json.required(device, DescriptionKeys.INSTANCE_ID);
            long instanceId =
                    json.integer(
                            device,
                            instance,
                            DescriptionKeys.INSTANCE_ID,
                            Integer.MIN_VALUE,
                            0xffff_ffffL);
            json.required(device, DescriptionKeys.FIELDS);
            return new DeviceDescription(name, instanceId & 0xffff_ffffL, struct(device));
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    private StructDescription struct(JsonObject object) throws VMStateException {
        JsonValue name = JsonDocument.first(object, DescriptionKeys.VMSD_NAME);
        return struct(
                object,
                name == null ? "" : name(object, name, DescriptionKeys.VMSD_NAME),
                JsonDocument.first(object, DescriptionKeys.VERSION),
                JsonDocument.first(object, DescriptionKeys.FIELDS),
                JsonDocument.first(object, DescriptionKeys.SUBSECTIONS));
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
                                json.integer(
                                        object,
                                        version,
                                        DescriptionKeys.VERSION,
                                        Integer.MIN_VALUE,
                                        Integer.MAX_VALUE);
        List<FieldDescription> ownFields = new ArrayList<>();
        if (fields != null) {
            for (JsonObject field : json.objects(object, fields, DescriptionKeys.FIELDS)) {
                ownFields.add(field(field));
            }
        }
        List<StructDescription> ownSubsections = new ArrayList<>();
        if (subsections != null) {
            for (JsonObject subsection :
                    json.objects(object, subsections, DescriptionKeys.SUBSECTIONS)) {
                ownSubsections.add(subsection(subsection));
            }
        }
        try {
            return new StructDescription(name, number, ownFields, ownSubsections);
        } catch (ArithmeticException e) {
            throw json.corrupt("sizes whose sum exceeds 64 bits", object);
        }
    }

    private StructDescription subsection(JsonObject object) throws VMStateException {
        String name = name(object, DescriptionKeys.VMSD_NAME);
        try {
            return struct(object);
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    private FieldDescription field(JsonObject field) throws VMStateException {
        String name = name(field, DescriptionKeys.NAME);
        try {
            String type = name(field, DescriptionKeys.TYPE);
            long size = json.integer(field, DescriptionKeys.SIZE, 0, Long.MAX_VALUE);
            JsonValue struct = JsonDocument.first(field, DescriptionKeys.STRUCT);
            return new FieldDescription(
                    name,
                    type,
                    size,
                    count(field, DescriptionKeys.ARRAY_LENGTH, 1),
                    count(field, DescriptionKeys.INDEX, 0),
                    struct == null
                            ? Optional.empty()
                            : Optional.of(
                                    struct(json.object(field, struct, DescriptionKeys.STRUCT))),
                    elements(field));
        } catch (VMStateException e) {
            throw e.within(name);
        }
    }

    /// Returns the groups of repeated keys in a field, each of which begins with `vmsd_name`.
    private List<StructDescription> elements(JsonObject field) throws VMStateException {
        List<StructDescription> elements = new ArrayList<>();
        List<JsonValue.Member> members = field.members();
        int at = 0;
        while (at < members.size()) {
            if (!members.get(at).name().equals(DescriptionKeys.VMSD_NAME)) {
                at++;
                continue;
            }
            String name = name(field, members.get(at).value(), DescriptionKeys.VMSD_NAME);
            JsonValue version = null;
            JsonValue fields = null;
            JsonValue subsections = null;
            for (at++; at < members.size(); at++) {
                JsonValue.Member member = members.get(at);
                if (member.name().equals(DescriptionKeys.VERSION)) {
                    version = member.value();
                } else if (member.name().equals(DescriptionKeys.FIELDS)) {
                    fields = member.value();
                } else if (member.name().equals(DescriptionKeys.SUBSECTIONS)) {
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

    /// Returns a required member, which must be a name.
    private String name(JsonObject where, String key) throws VMStateException {
        return name(where, json.required(where, key), key);
    }

    /// Returns a value, which must be a name.
    private String name(JsonObject where, JsonValue value, String key) throws VMStateException {
        String name = json.string(where, value, key);
        if (name.length() > limits.maxNameLength()) {
            limits.checkName(name.length(), json.offset(where));
        }
        return name;
    }

    private OptionalInt count(JsonObject object, String name, int min) throws CorruptException {
        JsonValue value = JsonDocument.first(object, name);
        return value == null
                ? OptionalInt.empty()
                : OptionalInt.of((int) json.integer(object, value, name, min, Integer.MAX_VALUE));
    }
}
