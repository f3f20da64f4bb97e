// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;

/// A decompressor that is not part of this library.
@FunctionalInterface
public interface Unpacker {
    /// Returns the decompressed content of `packed`, decoded while it is read, in bounded memory.
    /// For bzip2: the content of the member at the position of `packed`, which is then at the end
    /// of that member.
    InputStream unpack(InputStream packed) throws IOException;
}
