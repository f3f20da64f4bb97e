// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;
import org.vmstate.wire.WireReader;

/// An input stream that reads from the position of a reader, for decoders. Closing it closes the
/// reader.
final class ReaderStream extends InputStream {
    private final WireReader in;

    ReaderStream(WireReader in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        return in.locate(1) ? in.u8() : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!in.locate(1)) {
            return -1;
        }
        int count = Math.min(length, in.buffered());
        in.bytes(target, offset, count);
        return count;
    }

    @Override
    public int available() throws IOException {
        return in.locate(1) ? in.buffered() : 0;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
