// SPDX-License-Identifier: Apache-2.0
/// Guest memory: the records of the `ram` section, and the images into which they are loaded.
///
/// [org.vmstate.ram.RamRecordReader] reads and checks the records of a section body;
/// [org.vmstate.ram.RamContext] keeps the state of a stream between bodies.
///
/// [org.vmstate.ram.RamReader] loads a whole stream, with its multifd channels, into an
/// [org.vmstate.ram.RamImage], which stores the bytes in sparse files, not on the heap.
@NullMarked
package org.vmstate.ram;

import org.jspecify.annotations.NullMarked;
