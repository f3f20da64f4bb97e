// SPDX-License-Identifier: Apache-2.0
/// The description in a stream of the stream itself: the JSON text after its last section.
///
/// ```
/// vmdescription := 0x06  u32 len  json[len]
/// json          := { "configuration": struct,  "page_size": n,  "devices": [ device, ... ] }
/// device        := { "name", "instance_id", "vmsd_name", "version", "fields": [ field, ... ], "subsections": [ struct, ... ] }
/// struct        := { "vmsd_name", "version", "fields": [ ... ], "subsections": [ ... ] }
/// field         := { "name", "array_len" or "index", "type", "struct": struct, "size" }
///                | { "name", "type", ( "vmsd_name", "version", "fields", "subsections" )*, "size" }
/// ```
///
/// Queues, lists, trees, temporaries and versioned structures have the second form of a field. Its
/// keys repeat inside one object, once per element, which a parser into maps would lose.
/// [org.vmstate.vmdesc.JsonValue] preserves all members in order and can be printed as the same
/// text; [org.vmstate.vmdesc.VmDescription] is a typed view of it.
///
/// Corresponds to QEMU's `vmdesc` writers in `migration/savevm.c` and `migration/vmstate.c`.
@NullMarked
package org.vmstate.vmdesc;

import org.jspecify.annotations.NullMarked;
