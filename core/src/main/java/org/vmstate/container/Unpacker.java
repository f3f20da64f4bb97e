// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;

/// A decompressor that is not part of this library.
@FunctionalInterface
public interface Unpacker {
    /// What `packed` holds, decompressed as it is read, in bounded memory; of bzip2 the one member
    /// at which `packed` stands, which is left at the member's end.
    InputStream unpack(InputStream packed) throws IOException;
}
