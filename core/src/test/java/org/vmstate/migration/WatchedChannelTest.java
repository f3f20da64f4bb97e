// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.vmstate.wire.WireWriter;

class WatchedChannelTest {
    /// A channel that does not gather and takes at most 5,000 bytes.
    private static final class Plain implements ByteChannel {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int writes;

        @Override
        public int write(ByteBuffer source) {
            byte[] part = new byte[Math.min(5000, source.remaining())];
            source.get(part);
            bytes.writeBytes(part);
            writes++;
            return part.length;
        }

        @Override
        public int read(ByteBuffer target) {
            return -1;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void smallBuffersAreWrittenTogetherToAChannelThatDoesNotGather() throws IOException {
        Plain plain = new Plain();
        WatchedChannel channel = new WatchedChannel(plain);
        WireWriter out = WireWriter.to(channel);
        WireWriter expected = WireWriter.toMemory();
        byte[] random = new byte[1 << 20];
        new Random(1).nextBytes(random);
        for (int at = 0; at < random.length; at += 4096) {
            out.u64(at);
            out.reference(ByteBuffer.wrap(random, at, 4096));
            expected.u64(at);
            expected.bytes(random, at, 4096);
        }
        out.flush();
        assertThat(plain.bytes.toByteArray()).isEqualTo(expected.toByteArray());
        assertThat(channel.bytesWritten()).isEqualTo(expected.position());
        assertThat(plain.writes).isLessThan(250);
    }
}
