// SPDX-License-Identifier: Apache-2.0
/// The container format: reads, transforms and writes the elements of a migration stream.
///
/// ```
/// stream        := header configuration? element* end description?
/// header        := u32 0x5145564d ("QEVM")  u32 3
/// configuration := 0x07  u32 n  name[n]  subsection*
/// element       := section | footer | command
/// section       := 0x01|0x04  u32 section_id  str8 id_string  u32 instance_id  u32 version_id  body     start, full
///                | 0x02|0x03  u32 section_id                                                  body     part, end
/// footer        := 0x7e  u32 section_id
/// command       := 0x08  u16 code  u16 n  data[n]              packaged: data = u32 m, and m bytes of elements follow
/// end           := 0x00
/// description   := 0x06  u32 n  json[n]
/// ```
///
/// A [org.vmstate.stream.StreamReader] returns [org.vmstate.stream.StreamElement]s, which a
/// [org.vmstate.stream.StreamWriter] writes as the same bytes. A
/// [org.vmstate.stream.StreamTransform] between the two changes them.
///
/// **A body does not contain its length.** Its end is determined by its own structure (a
/// [org.vmstate.stream.SectionHandler], for `ram` and other iterative sections), by the description
/// of the device ([org.vmstate.stream.ExpectedSection]), or, if there is neither, by searching for
/// the footer or the next header. This package does not interpret the contents of bodies.
///
/// QEMU: `migration/savevm.c`, `QEMU_VM_SECTION_*`.
@NullMarked
package org.vmstate.stream;

import org.jspecify.annotations.NullMarked;
