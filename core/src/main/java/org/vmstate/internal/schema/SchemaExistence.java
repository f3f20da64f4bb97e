// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

/// The condition under which a body has a field.
///
/// QEMU: `version_id` and `field_exists` of a `VMStateField`.
///
/// @param since the first version of the description that has the field, 0 if all have it; for a
///   `tested` field, only the version at which elements of queues are loaded
/// @param tested whether only a test of the state decides
public record SchemaExistence(int since, boolean tested) {
    /// In every version.
    public static final SchemaExistence ALWAYS = new SchemaExistence(0, false);
}
