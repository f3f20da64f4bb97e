// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.testing.TrickleChannel;

/// A pipe whose bytes are retained: going back works, and only the bytes that may be read again are
/// retained.
class SpoolTest {
    private static final int MIB = 1 << 20;

    /// A pipe whose bytes depend on their position.
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
    @Timeout(20)
    void keptBytesAreNotCopiedForEachPositionToKeep() throws IOException {
        int size = 4 * MIB;
        ReadLimits limits = ReadLimits.builder().maxRetainedBytes(2 * size).build();
        try (WireReader in = WireReader.of(new Counting(size), limits).keeping()) {
            in.skip(size);
            in.seek(0);
            while (in.position() < size - 16) {
                in.skip(16);
                in.release();
                assertThat(in.keeping()).isSameAs(in);
            }
            check(in, 16);
            assertThat(in.atEnd()).isTrue();
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

    /// A pipe of zeros and bytes 1 in turn.
    private static WireReader mostlyZeros(int zeros, long size, ReadLimits limits) {
        return WireReader.of(
                new ReadableByteChannel() {
                    private long next;

                    @Override
                    public int read(ByteBuffer target) {
                        if (next == size) {
                            return -1;
                        }
                        int count = (int) Math.min(target.remaining(), size - next);
                        for (int i = 0; i < count; i++) {
                            target.put((byte) (next++ % (zeros + 1L) == zeros ? 1 : 0));
                        }
                        return count;
                    }

                    @Override
                    public boolean isOpen() {
                        return true;
                    }

                    @Override
                    public void close() {}
                },
                limits);
    }

    @Test
    void zerosTakeNoRoomInATemporaryFile() throws IOException {
        ReadLimits limits = ReadLimits.builder().maxRetainedBytes(1).maxTemporaryBytes(MIB).build();
        int zeros = 8 * MIB;
        long size = 4L * (zeros + 1) + 100;
        try (WireReader kept = mostlyZeros(zeros, size, limits).retained()) {
            assertThat(kept.remaining()).hasValue(size);
            for (long at = zeros; at < size - 100; at += zeros + 1) {
                kept.seek(at - 1);
                assertThat(kept.int32()).isEqualTo(0x0001_0000);
                kept.seek(at);
                assertThat(kept.int8()).isEqualTo((byte) 1);
            }
        }
        try (WireReader kept = mostlyZeros(zeros, size, limits).keeping()) {
            kept.skip(size);
            assertThat(kept.atEnd()).isTrue();
            kept.seek(size - 101);
            assertThat(kept.int8()).isEqualTo((byte) 1);
            assertThat(kept.int8()).isEqualTo((byte) 0);
            kept.seek(zeros - 1);
            assertThat(kept.int8()).isEqualTo((byte) 0);
            assertThat(kept.int8()).isEqualTo((byte) 1);
        }
    }

    @Test
    void temporaryFileIsLimited() {
        ReadLimits limits =
                ReadLimits.builder().maxRetainedBytes(MIB).maxTemporaryBytes(4 * MIB).build();

        assertThatThrownBy(() -> mostlyZeros(1, 5 * MIB, limits).retained())
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("a temporary file of ")
                .hasMessageContaining("the limit is 4194304 (maxTemporaryBytes)");
        assertThatThrownBy(() -> mostlyZeros(1, 5 * MIB, limits).keeping().skip(5 * MIB))
                .isInstanceOf(LimitExceededException.class);
    }

    /// The size of this process's open temporary files without names.
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
