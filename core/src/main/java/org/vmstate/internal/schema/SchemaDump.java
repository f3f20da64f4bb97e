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

/// The schemas of a machine's device types, as `-dump-vmstate` writes them.
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
    /// A dump whose list no longer changes.
    public SchemaDump {
        devices = List.copyOf(devices);
    }

    /// A device type that can be migrated.
    ///
    /// @param type the name of the type, which is no name of a section
    /// @param version the version that the dump names for the type
    /// @param minimumVersion the lowest version that it names
    /// @param schema the description of its state
    public record Device(String type, int version, int minimumVersion, Schema schema) {}

    /// Reads a text of UTF-8; members that nobody knows are left alone.
    ///
    /// A text that is no such dump is a `CorruptException` at the offset and with the path of what
    /// is wrong; one that is too long or nests too deep is a `LimitExceededException`.
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
