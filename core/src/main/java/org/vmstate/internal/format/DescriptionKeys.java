// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The keys of the JSON description in a stream.
///
/// QEMU: `qemu_savevm_state_complete_precopy_non_iterable`, `vmsd_desc_field_start`.
public final class DescriptionKeys {
    /// The configuration section, a structure.
    public static final String CONFIGURATION = "configuration";

    /// The target's page size.
    public static final String PAGE_SIZE = "page_size";

    /// The sections, a list.
    public static final String DEVICES = "devices";

    /// The id string of a section; the name of a field.
    public static final String NAME = "name";

    /// The instance id of a section.
    public static final String INSTANCE_ID = "instance_id";

    /// The name of a description.
    public static final String VMSD_NAME = "vmsd_name";

    /// The version that a body was written at.
    public static final String VERSION = "version";

    /// The fields of a body, a list.
    public static final String FIELDS = "fields";

    /// The subsections of a body that were sent, a list.
    public static final String SUBSECTIONS = "subsections";

    /// The type of a field.
    public static final String TYPE = "type";

    /// The number of bytes on the wire of one element of a field, or of a section of the old style.
    public static final String SIZE = "size";

    /// The number of elements that an entry describes.
    public static final String ARRAY_LENGTH = "array_len";

    /// The index of the array element that an entry describes.
    public static final String INDEX = "index";

    /// The description of the body in a field of type `struct`.
    public static final String STRUCT = "struct";

    private DescriptionKeys() {}
}
