// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/// A channel that returns only a few bytes per read, as a slow pipe does.
public final class TrickleChannel implements ReadableByteChannel {
    private final byte[] bytes;
    private final int step;
    private int next;
    private boolean open = true;

    /// Creates a channel of `bytes` that returns at most `step` bytes per read.
    public TrickleChannel(byte[] bytes, int step) {
        this.bytes = bytes;
        this.step = step;
    }

    @Override
    public int read(ByteBuffer target) {
        if (next == bytes.length) {
            return -1;
        }
        int count = Math.min(Math.min(step, target.remaining()), bytes.length - next);
        target.put(bytes, next, count);
        next += count;
        return count;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void close() {
        open = false;
    }
}
