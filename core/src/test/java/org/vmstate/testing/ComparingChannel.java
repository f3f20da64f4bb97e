// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// A channel that fails at the first written byte that differs from the expected one.
public final class ComparingChannel implements WritableByteChannel {
    private final ByteBuffer expected;

    /// Creates a channel that expects these bytes.
    public ComparingChannel(byte[] expected) {
        this.expected = ByteBuffer.wrap(expected);
    }

    @Override
    public int write(ByteBuffer bytes) {
        int count = bytes.remaining();
        int at = expected.position();
        int mismatch = expected.mismatch(bytes);
        if (mismatch >= 0 && mismatch < count) {
            fail("another byte than expected at offset %d", at + mismatch);
        }
        bytes.position(bytes.limit());
        expected.position(at + count);
        return count;
    }

    /// Fails if not all expected bytes were written.
    public void assertComplete() {
        assertThat(expected.remaining()).as("bytes missing at the end").isZero();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
