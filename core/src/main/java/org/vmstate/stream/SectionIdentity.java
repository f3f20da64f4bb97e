// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.Objects;

/// The device in the header of a start or full section: id string, instance and version.
///
/// @param idString the device's name in the stream, at most 255 bytes of UTF-8, such as
///   `0000:00:03.0/virtio-net`
/// @param instanceId usually distinguishes devices with the same name, but the pair is not unique;
///   u32
/// @param versionId the version the device's state was saved at; u32
public record SectionIdentity(String idString, long instanceId, long versionId) {
    /// Checks that the name is not null.
    public SectionIdentity {
        Objects.requireNonNull(idString);
    }

    /// The name and instance, such as `cpu#1`; the instance is omitted if it is 0.
    public String label() {
        return instanceId == 0 ? idString : idString + "#" + instanceId;
    }
}
