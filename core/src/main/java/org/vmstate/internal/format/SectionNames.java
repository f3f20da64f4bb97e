// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The id strings of sections without a description, and the name of the configuration.
///
/// QEMU: the first argument of `register_savevm_live`, `vmstate_configuration`.
public final class SectionNames {
    /// Guest memory.
    public static final String RAM = "ram";

    /// The hash page table of a pseries machine.
    public static final String SPAPR_HTAB = "spapr/htab";

    /// The storage attributes of a System z guest.
    public static final String S390_STORAGE_ATTRIBUTES = "s390-storage_attributes";

    /// Disks, before QEMU 9.1.
    public static final String BLOCK = "block";

    /// Dirty bitmaps of disks.
    public static final String DIRTY_BITMAP = "dirty-bitmap";

    /// A device that was passed through to the guest; preceded by the path of its bus and a slash
    /// if it has one.
    public static final String VFIO = "vfio";

    /// The name of the configuration section's description, and the prefix of the names of its
    /// subsections.
    public static final String CONFIGURATION = "configuration";

    private SectionNames() {}
}
