// SPDX-License-Identifier: Apache-2.0
/// Guest memory: the records of the `ram` section and the images that they make.
///
/// [org.vmstate.ram.RamRecordReader] walks the records of a section body and checks them;
/// [org.vmstate.ram.RamContext] carries what holds for a whole stream from one body to the next.
///
/// [org.vmstate.ram.RamReader] takes a whole stream, with its multifd channels, to an
/// [org.vmstate.ram.RamImage], whose bytes are in sparse files: a guest of any size costs no heap.
@NullMarked
package org.vmstate.ram;

import org.jspecify.annotations.NullMarked;
