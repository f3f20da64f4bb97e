// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Containers that declare more data than they contain.
final class HostileContainerTest {
    private static final int CLUSTER = 1 << 16;
    private static final byte[] STREAM =
            StreamBytes.stream().configuration("pc").endOfStream().toByteArray();

    @TempDir Path folder;

    private StreamFile open(byte[] bytes) throws IOException {
        return StreamFile.open(
                Files.write(folder.resolve("input"), bytes), StreamFile.Options.DEFAULT);
    }

    @Test
    void snapshotThatClaimsMoreThanItsFileHasEndsWhereItsTablesDo() throws IOException {
        byte[] image = new DiskImageBytes().snapshot("s", STREAM, 1L << 44).toByteArray();
        try (StreamFile opened = open(image)) {
            assertThat(opened.reader().remaining()).hasValue(CLUSTER);
            assertThat(opened.reader().retained().remaining()).hasValue(CLUSTER);
        }
    }

    @Test
    void snapshotOfNothingButClaimsIsEmpty() throws IOException {
        byte[] image = new DiskImageBytes().snapshot("s", new byte[10], 1L << 44).toByteArray();

        assertThatThrownBy(() -> open(image))
                .isInstanceOf(TruncatedException.class)
                .hasMessageContaining("the input is empty");
    }

    /// Overlapping tables must not be read once per offset.
    @Test
    void tableInsideAClusterIsCorrupt() {
        byte[] image = new DiskImageBytes().snapshot("s", STREAM, STREAM.length).toByteArray();
        int l1Table = (int) ByteBuffer.wrap(image).getLong(CLUSTER);
        image[l1Table + 8 + 6] |= 2;

        assertThatThrownBy(() -> open(image))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("inside a cluster");
    }

    @Test
    void imageThatEndsInsideItsHeaderIsTruncated() {
        byte[] image = new DiskImageBytes().snapshot("s", STREAM, STREAM.length).toByteArray();
        for (int length = 4; length < 80; length++) {
            byte[] cut = Arrays.copyOf(image, length);
            assertThatThrownBy(() -> open(cut)).isInstanceOf(VMStateException.class);
        }
    }

    @Test
    void chosenSnapshotOfWhatIsNoImageIsRefused() throws IOException {
        Path file = Files.write(folder.resolve("stream"), STREAM);
        StreamFile.Options options = StreamFile.Options.builder().snapshot("s").build();

        assertThatThrownBy(() -> StreamFile.open(file, options))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("not a disk image, so there is no snapshot s");
    }

    /// A block that declares the maximum size and contains a few bytes.
    @ParameterizedTest
    @ValueSource(strings = {"lzop", "lzop stored", "lz4", "lz4 stored"})
    void blocksTakeMemoryWithTheBytesThatCome(String kind) throws IOException {
        byte[] packed =
                kind.startsWith("lzop")
                        ? ContainerBytes.lzop(new byte[40])
                        : ContainerBytes.lz4(new byte[40]);
        ByteBuffer bytes = ByteBuffer.wrap(packed);
        switch (kind) {
            case "lzop" ->
                    bytes.putInt(packed.length - 52, 16 << 20).putInt(packed.length - 48, 15 << 20);
            case "lzop stored" ->
                    bytes.putInt(packed.length - 52, 16 << 20).putInt(packed.length - 48, 16 << 20);
            default -> {
                bytes.order(ByteOrder.LITTLE_ENDIAN)
                        .put(5, (byte) 0x70)
                        .putInt(7, 4 << 20 | (kind.equals("lz4") ? 0 : 1 << 31));
                bytes.put(6, (byte) (XxHash32.of(packed, 4, 2) >> 8));
            }
        }
        open(ContainerBytes.lz4(STREAM)).close();
        open(ContainerBytes.lzop(STREAM)).close();

        long before = allocated();
        assertThatThrownBy(() -> open(packed)).isInstanceOf(TruncatedException.class);
        assertThat(allocated() - before).isLessThan(2 << 20);
    }

    @Test
    void zerosWithoutEndAreGivenUp() {
        InputStream zeros =
                new InputStream() {
                    @Override
                    public int read() {
                        return 0;
                    }

                    @Override
                    public int read(byte[] target, int offset, int length) {
                        Arrays.fill(target, offset, offset + length, (byte) 0);
                        return length;
                    }
                };

        assertThatThrownBy(() -> StreamFile.of(zeros, StreamFile.Options.DEFAULT))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("more than 268435456 zeros, not a migration stream");
    }

    @Test
    void streamBehindZerosOfAPipeIsFound() throws IOException {
        byte[] input = new byte[(1 << 20) + STREAM.length];
        System.arraycopy(STREAM, 0, input, 1 << 20, STREAM.length);
        try (StreamFile opened =
                StreamFile.of(new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            WireReader in = opened.reader();
            assertThat(in.position()).isEqualTo(1 << 20);
        }
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
