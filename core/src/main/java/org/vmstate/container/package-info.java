// SPDX-License-Identifier: Apache-2.0
/// What may be wrapped around a stream, recognised by content: libvirt's save images, compression,
/// disk images with internal snapshots, a `file:` migration's offset, the header of another
/// program.
///
/// ```
/// input   := zeros? stream | other bytes, stream | compressed(input) | libvirt header, data, input | qcow2 image with snapshots
/// ```
///
/// [org.vmstate.container.StreamFile] takes the wrappings off and gives a reader that stands at the
/// stream's first byte. What has to be decompressed is read as it comes, in bounded memory; what
/// need not be is mapped.
@NullMarked
package org.vmstate.container;

import org.jspecify.annotations.NullMarked;
