// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The description of one section in a stream: its device and its body.
///
/// Name and instance usually identify a device but are not unique: match descriptions and sections
/// by their order.
///
/// Corresponds to a QEMU `SaveStateEntry`.
///
/// @param name the section's id string
/// @param instanceId the section's instance id, an unsigned 32-bit number
/// @param body the fields and subsections
public record DeviceDescription(String name, long instanceId, StructDescription body) {
    /// Parses one entry of a description's devices; see [VmDescription#entries()].
    ///
    /// Throws `CorruptException`, with the path of the error, if the JSON is not such an entry.
    public static DeviceDescription of(JsonValue.JsonObject entry) throws VMStateException {
        return new DescriptionReader(JsonDocument.of(entry), ReadLimits.DEFAULT).device(entry);
    }

    /// Whether the device writes its state with old-style code, so that only its size is known: its
    /// only field is the buffer `data`.
    public boolean oldStyle() {
        return body.vmsdName().isEmpty();
    }

    /// The size of the section's body in bytes, without its header and footer.
    public long bodySize() {
        return body.bodySize();
    }
}
