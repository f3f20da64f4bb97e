// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// What a stream says of one section: whose it is, and its body.
///
/// Name and instance usually name a device but are not unique: pair descriptions with sections by
/// their order.
///
/// Corresponds to a QEMU `SaveStateEntry`.
///
/// @param name the section's id string
/// @param instanceId the section's instance id, an unsigned 32-bit number
/// @param body the fields and subsections
public record DeviceDescription(String name, long instanceId, StructDescription body) {
    /// What one entry of a description's devices says; see [VmDescription#entries()].
    ///
    /// JSON that is no such entry is a `CorruptException` with the path of what is wrong.
    public static DeviceDescription of(JsonValue.JsonObject entry) throws VMStateException {
        return new DescriptionReader(JsonDocument.of(entry), ReadLimits.DEFAULT).device(entry);
    }

    /// Whether the device writes its state by code, so that all that is known is its size: its one
    /// field is the buffer `data`.
    public boolean oldStyle() {
        return body.vmsdName().isEmpty();
    }

    /// How many bytes the section's body takes, between its header and its footer.
    public long bodySize() {
        return body.bodySize();
    }
}
