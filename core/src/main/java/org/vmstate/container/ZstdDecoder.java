// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import com.github.luben.zstd.ZstdInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The decoded contents of zstd frames. Linking this class requires the zstd library.
final class ZstdDecoder {
    private ZstdDecoder() {}

    static InputStream of(InputStream frames) throws IOException {
        return new ZstdInputStream(frames);
    }
}
