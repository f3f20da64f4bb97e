// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The schemas of a machine's device types, in the format of `-dump-vmstate`.
///
/// ```
/// dump        := { "vmschkmachine": {"Name"}, TYPE: device, … }
/// device      := { "Name": TYPE, "version_id", "minimum_version_id", "Description": description }
/// description := { "name", "version_id", "minimum_version_id", ["Fields": [field…]], ["Subsections": [description…]] }
/// field       := { "field", "version_id", "field_exists", ["num"], "size", ["Description": description], own… }
/// own         := "wire:type" | "wire:size" | "wire:count" | "wire:version" | "wire:nested" | "size:of"
/// ```
///
/// QEMU: `dump_vmstate_json_to_file`.
///
/// @param machine the name of the machine type
/// @param devices the device types in the order of the text
public record SchemaDump(String machine, List<Device> devices) {
    /// Copies the list.
    public SchemaDump {
        devices = List.copyOf(devices);
    }

    /// A device type that can be migrated.
    ///
    /// @param type the name of the type, which is not the name of a section
    /// @param version the version of the type in the dump
    /// @param minimumVersion the minimum version of the type in the dump
    /// @param schema the description of its state; without a name and fields if the dump has none
    public record Device(String type, int version, int minimumVersion, Schema schema) {}

    /// Parses a UTF-8 text; unknown members are ignored.
    ///
    /// Throws `CorruptException`, with the offset and path of the error, if the text is not such a
    /// dump, and `LimitExceededException` if it is too long or nested too deeply.
    public static SchemaDump parse(byte[] text, ReadLimits limits) throws VMStateException {
        JsonDocument json = JsonDocument.parse(text, 0, limits);
        SchemaReader reader = new SchemaReader(json);
        JsonObject root = json.root();
        JsonObject machine =
                json.object(root, json.required(root, DumpKeys.MACHINE), DumpKeys.MACHINE);
        String name = json.string(machine, DumpKeys.TYPE_NAME);
        List<Device> devices = new ArrayList<>();
        for (JsonValue.Member member : root.members()) {
            if (!member.name().equals(DumpKeys.MACHINE)) {
                try {
                    devices.add(
                            reader.device(json.object(root, member.value(), "the device type")));
                } catch (VMStateException e) {
                    throw e.within(member.name());
                }
            }
        }
        return new SchemaDump(name, devices);
    }

    /// The text.
    public byte[] toByteArray() {
        return JsonStyle.COMPACT.print(SchemaWriter.dump(this));
    }
}
