// SPDX-License-Identifier: Apache-2.0
/// The containers of streams, recognised by content: libvirt's save images, compression, disk
/// images with internal snapshots, the zeros before a `file:` migration with an offset, the header
/// of another program.
///
/// ```
/// input   := zeros? stream | other bytes, stream | compressed(input) | libvirt header, data, input | qcow2 image with snapshots
/// ```
///
/// [org.vmstate.container.StreamFile] opens an input and provides a reader positioned at the
/// stream's first byte. Compressed input is decompressed while it is read, in bounded memory; other
/// files are mapped.
@NullMarked
package org.vmstate.container;

import org.jspecify.annotations.NullMarked;
