// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// A channel whose first bytes were read already and come again.
///
/// Behind them it reads straight from the pipe, so passing over gigabytes costs no further copy.
record BegunChannel(ByteBuffer begin, ReadableByteChannel rest) implements ReadableByteChannel {
    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!begin.hasRemaining() || !target.hasRemaining()) {
            return rest.read(target);
        }
        int count = Math.min(begin.remaining(), target.remaining());
        target.put(begin.slice(begin.position(), count));
        begin.position(begin.position() + count);
        return count;
    }

    @Override
    public boolean isOpen() {
        return rest.isOpen();
    }

    @Override
    public void close() throws IOException {
        rest.close();
    }
}
