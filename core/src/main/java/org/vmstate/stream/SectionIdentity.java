// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.Objects;

/// What the header of a start or full section says of its device: id string, instance and version.
///
/// @param idString the device's name in the stream, at most 255 bytes of UTF-8, such as
///   `0000:00:03.0/virtio-net`
/// @param instanceId tells devices of one name apart, mostly: the pair is not unique; u32
/// @param versionId the version the device's state was saved at; u32
public record SectionIdentity(String idString, long instanceId, long versionId) {
    /// An identity with a name.
    public SectionIdentity {
        Objects.requireNonNull(idString);
    }

    /// Name and instance, as in `cpu#1`, the instance left out where it is 0.
    public String label() {
        return instanceId == 0 ? idString : idString + "#" + instanceId;
    }
}
