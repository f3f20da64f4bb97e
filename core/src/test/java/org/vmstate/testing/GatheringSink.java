// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;

/// A channel that keeps what is written to it, and takes only some bytes per write.
public final class GatheringSink implements GatheringByteChannel {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int step;
    private int writes;

    /// Creates a channel that takes at most `step` bytes per write.
    public GatheringSink(int step) {
        this.step = step;
    }

    /// Everything that was written.
    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /// The number of calls.
    public int writes() {
        return writes;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        writes++;
        int left = step;
        for (int i = offset; i < offset + length && left > 0; i++) {
            left -= take(sources[i], left);
        }
        return (long) step - left;
    }

    @Override
    public long write(ByteBuffer[] sources) {
        return write(sources, 0, sources.length);
    }

    @Override
    public int write(ByteBuffer source) {
        writes++;
        return take(source, step);
    }

    private int take(ByteBuffer source, int most) {
        byte[] part = new byte[Math.min(most, source.remaining())];
        source.get(part);
        bytes.writeBytes(part);
        return part.length;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
