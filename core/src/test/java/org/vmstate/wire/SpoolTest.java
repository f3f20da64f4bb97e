// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.TrickleChannel;

/// A pipe that is kept: going back works, and only as much is kept as somebody may go back to.
class SpoolTest {
    private static final int MIB = 1 << 20;

    /// A pipe of bytes that are their own position.
    private static final class Counting implements ReadableByteChannel {
        private final long size;
        private long next;

        Counting(long size) {
            this.size = size;
        }

        @Override
        public int read(ByteBuffer target) {
            if (next == size) {
                return -1;
            }
            int count = (int) Math.min(target.remaining(), size - next);
            for (int i = 0; i < count; i++) {
                target.put((byte) (((next + i) * 31) >> 3));
            }
            next += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private static WireReader pipe(long size) {
        return WireReader.of(
                new Counting(size), ReadLimits.builder().maxRetainedBytes(MIB).build());
    }

    private static void check(WireReader in, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            long at = in.position();
            assertThat(in.int8()).isEqualTo((byte) ((at * 31) >> 3));
        }
    }

    @Test
    void pipeThatGivesFewBytesAtATimeCostsNoMemoryForEach() throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] bytes = new byte[5000];
        long before = threads.getCurrentThreadAllocatedBytes();
        WireReader in = WireReader.of(new TrickleChannel(bytes, 1), ReadLimits.DEFAULT).keeping();
        in.skip(bytes.length);
        assertThat(in.atEnd()).isTrue();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(4 * MIB);
    }

    @Test
    void readerGoesBackAsFarAsItKeeps() throws IOException {
        for (int ahead : new int[] {10, 100_000, 3 * MIB}) {
            try (WireReader in = pipe(20 * MIB)) {
                in.skip(1000);
                WireReader kept = in.keeping();
                for (int round = 0; round < 4; round++) {
                    long here = kept.position();
                    kept.skip(ahead);
                    check(kept, 100);
                    kept.seek(here);
                    check(kept, 100);
                    kept.skip(ahead);
                    kept.release();
                    check(kept, 70_000);
                    assertThat(kept.keeping()).isSameAs(kept);
                }
            }
        }
    }

    @Test
    void whatWasReadIsNotKept() throws IOException {
        long before = temporaryBytes();
        try (WireReader in = pipe(400L * MIB)) {
            WireReader kept = in;
            for (int i = 0; i < 150; i++) {
                kept = kept.keeping();
                long here = kept.position();
                kept.skip(2 * MIB);
                kept.seek(here);
                kept.skip(2 * MIB);
                kept.release();
                assertThat(temporaryBytes() - before).isLessThanOrEqualTo(8 * MIB);
            }
            kept.skip(90L * MIB);
            assertThat(temporaryBytes() - before).isLessThanOrEqualTo(8 * MIB);
            check(kept, 1000);
        }
    }

    /// The bytes of this process's open temporary files, which have no names.
    private static long temporaryBytes() throws IOException {
        long bytes = 0;
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            for (Path descriptor : open.toList()) {
                try {
                    if (Files.readSymbolicLink(descriptor).toString().contains(".pipe")) {
                        bytes += Files.size(descriptor);
                    }
                } catch (IOException e) {
                    // It was closed meanwhile.
                }
            }
        }
        return bytes;
    }
}
