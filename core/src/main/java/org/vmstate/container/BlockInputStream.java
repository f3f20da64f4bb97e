// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;

/// An input stream that decodes one block at a time.
abstract class BlockInputStream extends BulkInputStream {
    /// The encoded input; closed with this stream.
    final InputStream in;

    /// The decoded bytes.
    byte[] plain = new byte[0];

    /// The index in [#plain] of the next byte to be read.
    int next;

    /// The index in [#plain] after the last byte to be read.
    int end;

    BlockInputStream(InputStream in) {
        this.in = in;
    }

    /// Decodes the next block to [#plain] and sets [#next] and [#end]; returns false at the end of
    /// the data. A block may be empty.
    abstract boolean nextBlock() throws IOException;

    @Override
    public final int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (next == end) {
            if (!nextBlock()) {
                return -1;
            }
        }
        int count = Math.min(length, end - next);
        System.arraycopy(plain, next, target, offset, count);
        next += count;
        return count;
    }

    @Override
    public final void close() throws IOException {
        in.close();
    }
}
