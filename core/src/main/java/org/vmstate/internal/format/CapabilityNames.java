// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The names of the migration capabilities that change the stream format and are sent in the
/// configuration.
///
/// QEMU: `should_validate_capability`.
public final class CapabilityNames {
    /// RAM blocks that are shared with the destination are not sent.
    public static final String IGNORE_SHARED = "x-ignore-shared";

    /// Pages of RAM are at fixed offsets in the file.
    public static final String MAPPED_RAM = "mapped-ram";

    private CapabilityNames() {}
}
