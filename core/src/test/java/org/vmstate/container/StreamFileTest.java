// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

class StreamFileTest {
    private static final byte[] STREAM =
            "QEVM\0\0\0\3 and what follows".getBytes(StandardCharsets.UTF_8);

    @TempDir Path folder;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("input"), bytes);
    }

    private static byte[] rest(WireReader in) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        while (!in.atEnd()) {
            out.write(in.u8());
        }
        return out.toByteArray();
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in =
                Objects.requireNonNull(StreamFileTest.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    /// Compressed with the original tools.
    @ParameterizedTest
    @CsvSource({
        "microvm-100.lz4, LZ4",
        "microvm-100-linked.lz4, LZ4",
        "microvm-100.lzop, LZOP",
        "microvm-100.zst, ZSTD"
    })
    void compressedStreamsAreRecognisedByContent(String name, Compression by) throws IOException {
        byte[] expected = Corpus.file("microvm-100.mig").bytes();
        try (StreamFile opened =
                StreamFile.open(file(resource(name)), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers()).containsExactly(new Layer.Compressed(by));
            assertThat(rest(opened.reader())).isEqualTo(expected);
        }
        try (StreamFile piped =
                StreamFile.of(
                        new ByteArrayInputStream(resource(name)), StreamFile.Options.DEFAULT)) {
            assertThat(rest(piped.reader())).isEqualTo(expected);
        }
    }

    @Test
    void bzip2NeedsADecoderFromOutside() throws IOException {
        Path packed = file(resource("microvm-100.bz2"));
        assertThatThrownBy(() -> StreamFile.open(packed, StreamFile.Options.DEFAULT))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("bzip2");
        StreamFile.Options options =
                StreamFile.Options.builder()
                        .unpacker(Compression.BZIP2, in -> new ByteArrayInputStream(STREAM))
                        .build();
        try (StreamFile opened = StreamFile.open(packed, options)) {
            assertThat(rest(opened.reader())).isEqualTo(STREAM);
        }
    }

    @Test
    void wrappingsNest() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out =
                new GZIPOutputStream(new XZOutputStream(packed, new LZMA2Options()))) {
            out.write(new byte[1000]);
            out.write(STREAM);
        }
        try (StreamFile opened =
                StreamFile.open(file(packed.toByteArray()), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers())
                    .containsExactly(
                            new Layer.Compressed(Compression.XZ),
                            new Layer.Compressed(Compression.GZIP));
            assertThat(rest(opened.reader())).isEqualTo(STREAM);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 511, 512, 4096, 100_000})
    void anOffsetIsPassedOver(int offset) throws IOException {
        byte[] bytes = new byte[offset + STREAM.length];
        System.arraycopy(STREAM, 0, bytes, offset, STREAM.length);
        Path file = file(bytes);
        if (offset >= FirstBytes.BYTES) {
            try (StreamFile opened = StreamFile.open(file, StreamFile.Options.DEFAULT)) {
                assertThat(opened.layers()).containsExactly(new Layer.Offset(offset));
                assertThat(opened.reader().position()).isEqualTo(offset);
                assertThat(rest(opened.reader())).isEqualTo(STREAM);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"libvirt-raw-72.mig, RAW", "libvirt-gzip-72.mig, GZIP", "libvirt-xz-72.mig, XZ"})
    void libvirtSaveImagesAreOpened(String name, LibvirtHeader.Format format) throws IOException {
        Path image = Corpus.file(name).unpack(folder);
        try (StreamFile opened = StreamFile.open(image, StreamFile.Options.DEFAULT)) {
            Layer.LibvirtImage header = opened.libvirtImage().orElseThrow();
            assertThat(header.complete()).isTrue();
            assertThat(header.version()).isEqualTo(2);
            assertThat(header.running()).isTrue();
            assertThat(header.format()).isEqualTo(format);
            assertThat(header.domainXml())
                    .startsWith("<domain type='qemu'>")
                    .endsWith("</domain>\n");
            assertThat(header.cookieXml().orElseThrow()).startsWith("<cookie>");
            assertThat(opened.reader().int32()).isEqualTo(0x5145564d);
        }
        try (InputStream pipe = Files.newInputStream(image);
                StreamFile piped = StreamFile.of(pipe, StreamFile.Options.DEFAULT)) {
            assertThat(piped.reader().int32()).isEqualTo(0x5145564d);
        }
    }

    @Test
    void libvirtHeadersOfTheOtherByteOrderAreRead() throws IOException {
        Layer.LibvirtImage image =
                new Layer.LibvirtImage(
                        true,
                        2,
                        true,
                        LibvirtHeader.Format.RAW,
                        "<domain/>",
                        Optional.of("<cookie/>"));
        byte[] bytes = LibvirtHeader.bytes(image);
        assertThat(bytes.length % 65536).isZero();
        assertThat(LibvirtHeader.read(WireReader.of(bytes), OutputStream.nullOutputStream()))
                .isEqualTo(image);
        ByteBuffer swapped = ByteBuffer.wrap(bytes);
        for (int at = 16; at < 92; at += 4) {
            swapped.order(ByteOrder.LITTLE_ENDIAN);
            int value = swapped.getInt(at);
            swapped.order(ByteOrder.BIG_ENDIAN).putInt(at, value);
        }
        assertThat(LibvirtHeader.read(WireReader.of(bytes), OutputStream.nullOutputStream()))
                .isEqualTo(image);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v-savevm-72.qcow2", "v-savevm-100.qcow2"})
    void snapshotsInDiskImagesAreListedAndOpened(String name) throws IOException {
        Path disk = Corpus.file(name).unpack(folder);
        Snapshot snapshot = StreamFile.snapshots(disk, ReadLimits.DEFAULT).orElseThrow().getFirst();
        assertThat(snapshot.id()).isEqualTo("1");
        assertThat(snapshot.name()).isEqualTo("snap1");
        assertThat(snapshot.hasState()).isTrue();
        for (Optional<String> chosen :
                java.util.List.of(
                        Optional.<String>empty(), Optional.of("snap1"), Optional.of("1"))) {
            StreamFile.Options.Builder options = StreamFile.Options.builder();
            chosen.ifPresent(options::snapshot);
            try (StreamFile opened = StreamFile.open(disk, options.build())) {
                assertThat(opened.layers()).containsExactly(new Layer.DiskSnapshot(snapshot));
                byte[] stream = rest(opened.reader());
                assertThat(stream)
                        .hasSize((int) snapshot.stateBytes())
                        .startsWith('Q', 'E', 'V', 'M');
                assertThat(stream).endsWith('}');
            }
        }
        assertThatThrownBy(
                        () ->
                                StreamFile.open(
                                        disk, StreamFile.Options.builder().snapshot("2").build()))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("1 (snap1)");
    }

    /// A mapped-ram stream with pages beyond the size in the snapshot table, and an ordinary stream
    /// of the same size in the same clusters.
    @Test
    void snapshotReachesBeyondItsSizeWithMappedRamOnly() throws IOException {
        byte[] mapped = new byte[5 << 16];
        byte[] ordinary = new byte[5 << 16];
        byte[] begin =
                StreamBytes.stream()
                        .configuration("pc")
                        .subsection("configuration/target-page-bits", 1)
                        .u32(12)
                        .subsection("configuration/capabilities", 1)
                        .u32(2)
                        .str8("x-ignore-shared")
                        .str8("mapped-ram")
                        .start(2, "ram", 0, 4)
                        .toByteArray();
        System.arraycopy(begin, 0, mapped, 0, begin.length);
        System.arraycopy(STREAM, 0, ordinary, 0, STREAM.length);
        mapped[(4 << 16) + 5] = 77;
        ordinary[(4 << 16) + 5] = 77;
        Path disk =
                file(
                        new DiskImageBytes()
                                .snapshot("mapped", mapped, 1000)
                                .snapshot("ordinary", ordinary, 1000)
                                .toByteArray());
        StreamFile.Options.Builder options = StreamFile.Options.builder();
        try (StreamFile opened = StreamFile.open(disk, options.snapshot("mapped").build())) {
            assertThat(rest(opened.reader())).isEqualTo(mapped);
        }
        try (StreamFile opened = StreamFile.open(disk, options.snapshot("ordinary").build())) {
            assertThat(rest(opened.reader())).isEqualTo(Arrays.copyOf(ordinary, 1000));
            opened.reader().seek(8);
            assertThat(opened.reader().u8()).isEqualTo(' ');
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0x8392_c2be_c392_c2beL, Long.MAX_VALUE, 1 << 30})
    void tableOutsideTheImageIsRefusedWhereItIsNamed(long l1Table) throws IOException {
        byte[] image = new DiskImageBytes().snapshot("s", STREAM, STREAM.length).toByteArray();
        ByteBuffer.wrap(image).putLong(1 << 16, l1Table);
        Path file = file(image);
        assertThatThrownBy(() -> rest(StreamFile.open(file, StreamFile.Options.DEFAULT).reader()))
                .isInstanceOfSatisfying(
                        VMStateException.class, e -> assertThat(e.offset()).isEqualTo(1 << 16));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "Q", "QEV", "nothing of ours at all", "LibvirtQemudSave", "QFI\u00fb"})
    void otherFilesAreRefused(String content) throws IOException {
        Path file = file(content.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> StreamFile.open(file, StreamFile.Options.DEFAULT))
                .isInstanceOf(VMStateException.class);
    }

    /// A container that is truncated or has a flipped bit anywhere gives either a stream or a
    /// declared exception.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "microvm-100.lz4",
                "microvm-100.lzop",
                "microvm-100.zst",
                "v-savevm-100.qcow2",
                "libvirt-gzip-72.mig",
                "libvirt-xz-72.mig"
            })
    void damagedWrappingsAreRefused(String name) throws IOException {
        byte[] good = name.startsWith("micro") ? resource(name) : Corpus.file(name).bytes();
        Random random = new Random(11);
        for (int i = 0; i < 60; i++) {
            int near = random.nextBoolean() ? Math.min(good.length, 512) : good.length;
            byte[] bad = good.clone();
            if (random.nextInt(4) == 0) {
                bad = Arrays.copyOf(good, random.nextInt(near));
            } else {
                bad[random.nextInt(near)] ^= (byte) (1 << random.nextInt(8));
            }
            try (StreamFile opened = StreamFile.open(file(bad), StreamFile.Options.DEFAULT)) {
                byte[] chunk = new byte[4096];
                while (!opened.reader().atEnd()) {
                    opened.reader().skip(1);
                    opened.reader().peek(chunk.length - 1);
                }
            } catch (VMStateException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
