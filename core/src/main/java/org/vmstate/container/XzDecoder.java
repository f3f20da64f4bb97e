// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.SingleXZInputStream;
import org.vmstate.wire.LimitExceededException;

/// The decoded content of one xz member, in bounded memory. Linking this class requires the xz
/// library.
final class XzDecoder extends BulkInputStream {
    private static final int MEMORY_KIB = 128 << 10;

    private final InputStream plain;
    private final LongSupplier position;

    /// Creates a decoder of the member at the position of `packed`.
    ///
    /// @param position returns the number of bytes read of the compressed input
    XzDecoder(InputStream packed, LongSupplier position) throws IOException {
        this.position = position;
        try {
            plain = new SingleXZInputStream(packed, MEMORY_KIB);
        } catch (MemoryLimitException e) {
            throw tooMuch(e);
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            return plain.read(target, offset, length);
        } catch (MemoryLimitException e) {
            throw tooMuch(e);
        }
    }

    private LimitExceededException tooMuch(MemoryLimitException e) {
        LimitExceededException limit =
                new LimitExceededException("xz data: " + e.getMessage(), position.getAsLong());
        limit.initCause(e);
        return limit;
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }
}
