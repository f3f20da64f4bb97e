// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

/// The keys of the JSON that QEMU's `-dump-vmstate` writes, and this library's additional keys,
/// which contain a colon.
final class DumpKeys {
    static final String MACHINE = "vmschkmachine";
    static final String TYPE_NAME = "Name";
    static final String DESCRIPTION = "Description";
    static final String NAME = "name";
    static final String VERSION_ID = "version_id";
    static final String MINIMUM_VERSION_ID = "minimum_version_id";
    static final String FIELDS = "Fields";
    static final String SUBSECTIONS = "Subsections";
    static final String FIELD = "field";
    static final String FIELD_EXISTS = "field_exists";
    static final String NUM = "num";

    /// The size of an element in memory, which QEMU's checker compares; see [#SIZE_OF].
    static final String SIZE = "size";

    /// The name of a field's type in a stream's description.
    static final String WIRE_TYPE = "wire:type";

    /// The number of bytes of an element on the wire.
    static final String WIRE_SIZE = "wire:size";

    /// The number of elements if there is no [#NUM]: [#ONCE] or [#BY_STATE].
    static final String WIRE_COUNT = "wire:count";

    /// The version that a structure is written at, if it is not the structure's current version.
    static final String WIRE_VERSION = "wire:version";

    /// A list of the descriptions nested in a field that is not a structure.
    static final String WIRE_NESTED = "wire:nested";

    /// The meaning of [#SIZE] if it is not the size in memory: [#OF_WIRE] or [#OF_NOTHING].
    static final String SIZE_OF = "size:of";

    static final String ONCE = "once";
    static final String BY_STATE = "by state";
    static final String OF_WIRE = "wire";
    static final String OF_NOTHING = "nothing";

    private DumpKeys() {}
}
