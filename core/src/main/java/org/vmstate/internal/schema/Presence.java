// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

/// When a body has a field.
///
/// QEMU: `version_id` and `field_exists` of a `VMStateField`.
///
/// @param since the first version of the description that has the field, 0 for all; if the field is
///   `tested`, only the version at which elements of queues are loaded
/// @param tested whether a test of the state decides alone
public record Presence(int since, boolean tested) {
    /// In every version.
    public static final Presence ALWAYS = new Presence(0, false);
}
