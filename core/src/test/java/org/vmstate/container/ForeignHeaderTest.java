// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Streams after the header of another program.
class ForeignHeaderTest {
    private static final byte[] STREAM =
            StreamBytes.stream()
                    .configuration("pc-i440fx-10.0")
                    .full(3, "timer", 0, 2)
                    .text("body")
                    .footer(3)
                    .endOfStream()
                    .toByteArray();

    @TempDir Path folder;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("input"), bytes);
    }

    private static byte[] joined(byte[] a, byte[] b) {
        byte[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    /// Header bytes that resemble the start of a stream.
    private static byte[] decoys() {
        return new StreamBytes()
                .text("NYX1 QEVM QQEVM")
                .u32(0x5145564d)
                .u32(2)
                .u32(0x5145564d)
                .u32(3)
                .u8(0x07)
                .u32(9)
                .text("not a name")
                .u32(0x5145564d)
                .u32(3)
                .u8(0x04)
                .u32(1)
                .str8("\u0001\u0002")
                .u64(0)
                .text("QEVM")
                .toByteArray();
    }

    static byte[][] beginnings() {
        StreamBytes whole = StreamBytes.stream();
        return new byte[][] {
            STREAM,
            StreamBytes.stream().full(0, "timer", 0, 2).text("x").footer(0).toByteArray(),
            StreamBytes.stream().start(2, "ram", 0, 4).u64(0x10).footer(2).toByteArray(),
            StreamBytes.stream()
                    .command(1)
                    .command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 1)
                    .toByteArray(),
            StreamBytes.stream()
                    .configuration("virt-9.0")
                    .subsection("configuration/target-page-bits", 1)
                    .u32(12)
                    .start(2, "ram", 0, 4)
                    .u64(0x10)
                    .toByteArray(),
            whole.configuration("s390-ccw-virtio-7.2").command(1).toByteArray(),
        };
    }

    @ParameterizedTest
    @MethodSource("beginnings")
    void isFoundByItsCheckedBeginning(byte[] stream) throws IOException {
        byte[] header = decoys();
        byte[] input = joined(header, stream);
        try (StreamFile opened = StreamFile.open(file(input), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers())
                    .containsExactly(new Layer.Foreign(header.length, Optional.empty()));
            assertThat(opened.reader().position()).isEqualTo(header.length);
            assertThat(opened.reader().int32()).isEqualTo(0x5145564d);
        }
        try (StreamFile piped =
                StreamFile.of(new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            assertThat(piped.reader().position()).isEqualTo(header.length);
            assertThat(prefix(piped)).isEqualTo(header);
        }
    }

    @Test
    void headerOfXemuIsNamed() throws IOException {
        byte[] header =
                new StreamBytes().text("xemu").u32(1).u32(300).bytes(new byte[300]).toByteArray();
        Layer.Foreign expected = new Layer.Foreign(header.length, Optional.of("xemu"));
        byte[] state = joined(header, STREAM);
        byte[] image = new DiskImageBytes().snapshot("q", state, state.length).toByteArray();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(state);
        }

        try (StreamFile opened = StreamFile.open(file(image), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers()).hasSize(2).element(1).isEqualTo(expected);
            assertThat(opened.undoneLayers()).hasSize(1);
            assertThat(prefix(opened)).isEqualTo(header);
        }
        try (StreamFile opened =
                StreamFile.open(file(packed.toByteArray()), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers())
                    .containsExactly(new Layer.Compressed(Compression.GZIP), expected);
            assertThat(prefix(opened)).isEqualTo(header);
        }
    }

    private static byte[] prefix(StreamFile opened) throws IOException {
        WireWriter out = WireWriter.toMemory();
        assertThat(opened.writePrefix(out)).isTrue();
        return out.toByteArray();
    }

    /// The start of an `xl save` file, up to the head of the first record of guest memory.
    private static byte[] xlHead(int memory) {
        ByteBuffer head = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
        head.put("Xen saved domain, xl format\n \0 \r".getBytes(StandardCharsets.ISO_8859_1));
        head.putInt(0x01020304).putInt(3).putInt(0).putInt(5).put(new byte[5]);
        head.put("LibxlFmt".getBytes(StandardCharsets.ISO_8859_1)).putInt(3).putInt(0);
        head.putInt(1).putInt(0);
        head.putLong(-1).put("XENF".getBytes(StandardCharsets.ISO_8859_1)).put(new byte[28]);
        head.putInt(1).putInt(memory);
        return Arrays.copyOf(head.array(), head.position());
    }

    @Test
    void recordsOfXlSaveLeadPastTheGuestsMemory() throws IOException {
        int memory = (int) StreamSearch.MAX_BYTES + 4096;
        ByteBuffer tail = ByteBuffer.allocate(64 + STREAM.length).order(ByteOrder.LITTLE_ENDIAN);
        tail.putInt(0).putInt(0);
        tail.putInt(2).putInt(3).putLong(0x20202020);
        tail.putInt(3).putInt(8 + STREAM.length).putInt(2).putInt(0);
        int before = tail.position();
        tail.put(STREAM);
        byte[] head = xlHead(memory);
        Path file = folder.resolve("guest");
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(head), 0);
            out.write(ByteBuffer.wrap(STREAM), head.length + 512); // in the guest's memory
            out.write(tail.flip(), head.length + memory);
        }
        long at = (long) head.length + memory + before;

        try (StreamFile opened = StreamFile.open(file, StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers())
                    .containsExactly(new Layer.Foreign(at, Optional.of("xl save")));
            assertThat(opened.reader().position()).isEqualTo(at);
        }
        try (StreamFile piped =
                StreamFile.of(Files.newInputStream(file), StreamFile.Options.DEFAULT)) {
            assertThat(piped.reader().position()).isEqualTo(at);
            assertThat(piped.writePrefix(WireWriter.toMemory())).isFalse();
        }
    }

    /// Bytes that the search for records skipped cannot be read again from a pipe.
    @Test
    void prefixOfAPipeWithDamagedRecordsOfXlSaveIsNotAtHand() throws IOException {
        byte[] end = new byte[8];
        byte[] input = joined(joined(Arrays.copyOf(xlHead(10), 69), end), STREAM);
        try (StreamFile piped =
                StreamFile.of(new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            assertThat(piped.writePrefix(WireWriter.toMemory())).isFalse();
        }
    }

    @Test
    void searchIsBounded() throws IOException {
        Path file = folder.resolve("far");
        for (long at : new long[] {StreamSearch.MAX_BYTES - 1, StreamSearch.MAX_BYTES}) {
            try (FileChannel out =
                    FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                out.truncate(0);
                out.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
                out.write(ByteBuffer.wrap(STREAM), at);
            }
            if (at < StreamSearch.MAX_BYTES) {
                StreamFile.open(file, StreamFile.Options.DEFAULT).close();
            } else {
                assertThatThrownBy(() -> StreamFile.open(file, StreamFile.Options.DEFAULT))
                        .isInstanceOf(CorruptException.class)
                        .hasMessageStartingWith("neither a migration stream nor");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 15, 40_000, 200_000})
    void zerosAreAnOffsetWhateverTheirNumber(int count) throws IOException {
        byte[] input = joined(new byte[count], STREAM);
        try (StreamFile opened = StreamFile.open(file(input), StreamFile.Options.DEFAULT);
                StreamFile piped =
                        StreamFile.of(
                                new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers()).containsExactly(new Layer.Offset(count));
            assertThat(piped.layers()).containsExactly(new Layer.Offset(count));
            assertThat(prefix(opened)).isEqualTo(new byte[count]);
            assertThat(prefix(piped)).isEqualTo(new byte[count]);
        }
    }

    /// The zeros are part of neither the header's data nor the stream.
    @Test
    void zerosBehindAHeaderKeepTheirPlaceBeforeTheStream() throws IOException {
        byte[] input = ContainerBytes.libvirt(joined(new byte[20], STREAM), 0);
        try (StreamFile piped =
                StreamFile.of(new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            assertThat(prefix(piped)).isEqualTo(Arrays.copyOf(input, input.length - STREAM.length));
        }
    }

    @Test
    void decoysAloneAreNoStream() throws IOException {
        Path file = file(decoys());
        assertThatThrownBy(() -> StreamFile.open(file, StreamFile.Options.DEFAULT))
                .isInstanceOf(CorruptException.class);
    }

    @Test
    void capabilitiesBeyondWhatCanBeLookedAtAreLeftOut() throws IOException {
        StreamBytes many = StreamBytes.stream().configuration("pc");
        for (int i = 0; i < 8; i++) {
            many.subsection("configuration/capabilities", 1).u32(64);
            for (int j = 0; j < 64; j++) {
                many.str8("c".repeat(255));
            }
        }
        assertThat(StreamHead.capabilities(WireReader.of(many.toByteArray())))
                .hasSizeBetween(200, 512);
    }

    @Test
    void searchGoesOnBehindACandidateThatIsCutShort() throws IOException {
        for (int length = 8; length < STREAM.length; length++) {
            byte[] cut = joined(new byte[] {1}, Arrays.copyOf(STREAM, length));
            WireReader in = WireReader.of(cut);
            boolean found = StreamSearch.advance(in, OutputStream.nullOutputStream());
            assertThat(in.position()).isEqualTo(found ? 1 : cut.length);
        }
    }
}
