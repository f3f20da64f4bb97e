// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The names of the migration capabilities that change the format and are in the configuration.
///
/// QEMU: `should_validate_capability`.
public final class Capabilities {
    /// Blocks of RAM that are shared with the destination are left out.
    public static final String IGNORE_SHARED = "x-ignore-shared";

    /// Pages of RAM lie at fixed places in the file.
    public static final String MAPPED_RAM = "mapped-ram";

    private Capabilities() {}
}
