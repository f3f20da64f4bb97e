// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Bytes before, between and after the frames of a compressed stream.
class PaddingTest {
    private static byte[] packed(Compression by) throws IOException {
        String ending =
                switch (by) {
                    case LZ4 -> "lz4";
                    case LZOP -> "lzop";
                    case ZSTD -> "zst";
                    case GZIP, XZ, BZIP2 -> "";
                };
        if (!ending.isEmpty()) {
            try (InputStream in = PaddingTest.class.getResourceAsStream("microvm-100." + ending)) {
                return Objects.requireNonNull(in).readAllBytes();
            }
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out =
                by == Compression.GZIP
                        ? new GZIPOutputStream(packed)
                        : new XZOutputStream(packed, new LZMA2Options())) {
            out.write(plain());
        }
        return packed.toByteArray();
    }

    private static byte[] plain() throws IOException {
        return Corpus.file("microvm-100.mig").bytes();
    }

    private static byte[] unpacked(byte[] packed) throws IOException {
        return unpacked(new ByteArrayInputStream(packed));
    }

    private static byte[] unpacked(InputStream packed) throws IOException {
        try (StreamFile opened = StreamFile.of(packed, StreamFile.Options.DEFAULT)) {
            WireReader in = opened.reader().retained();
            return in.bytes(Math.toIntExact(in.remaining().orElseThrow()));
        }
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static byte[] skippable(int n, int length) {
        return joined(
                new byte[] {(byte) (0x50 + n), 0x2a, 0x4d, 0x18, (byte) length, 0, 0, 0},
                new byte[length]);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void zerosBehindTheDataAreNotData(Compression by) throws IOException {
        byte[] packed = packed(by);
        for (int zeros : new int[] {0, 1, 3, 4, 7, 512, 100_000}) {
            assertThat(unpacked(Arrays.copyOf(packed, packed.length + zeros)))
                    .as(zeros + " zeros")
                    .isEqualTo(plain());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void otherBytesBehindTheDataAreNotData(Compression by) throws IOException {
        byte[] garbage = new byte[5000];
        Arrays.fill(garbage, (byte) 0xa5);
        assertThat(unpacked(joined(packed(by), garbage))).isEqualTo(plain());
        assertThat(unpacked(joined(packed(by), new byte[512], garbage))).isEqualTo(plain());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void framesFollowOneAnother(Compression by) throws IOException {
        assertThat(unpacked(joined(packed(by), packed(by), new byte[512])))
                .isEqualTo(joined(plain(), plain()));
    }

    @ParameterizedTest
    @EnumSource(names = {"XZ", "LZOP"})
    void zerosMayStandBetweenMembers(Compression by) throws IOException {
        assertThat(unpacked(joined(packed(by), new byte[8], packed(by))))
                .isEqualTo(joined(plain(), plain()));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void dataThatAreCutShortAreAnError(Compression by) throws IOException {
        byte[] packed = packed(by);
        for (int length : new int[] {packed.length / 2, packed.length - 1}) {
            byte[] cut = Arrays.copyOf(packed, length);
            assertThatThrownBy(() -> unpacked(cut)).isInstanceOf(VMStateException.class);
            assertThatThrownBy(() -> unpacked(joined(packed, cut)))
                    .isInstanceOf(VMStateException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void membersOfASlowPipeAreReadLikeThoseOfAFile(Compression by) throws IOException {
        byte[] packed = packed(by);
        byte[] damaged = packed.clone();
        Arrays.fill(damaged, packed.length / 2, packed.length - 20, (byte) 0x55);
        for (int step : new int[] {1, 7, 4096, packed.length}) {
            assertThat(unpacked(slow(joined(packed, packed), step)))
                    .isEqualTo(joined(plain(), plain()));
            assertThat(unpacked(slow(joined(packed, new byte[100]), step))).isEqualTo(plain());
            assertThatThrownBy(() -> unpacked(slow(joined(packed, damaged), step)))
                    .isInstanceOf(VMStateException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BZIP2")
    void damageBehindTheDataOfAnInnerLayerIsRefusedFromEverySource(Compression by)
            throws IOException {
        byte[] damaged = ContainerBytes.gzip(joined(packed(by), new byte[200_000]));
        damaged[damaged.length - 5] ^= 1; // in the checksum of what was packed
        for (int step : new int[] {1, 14, 4096, damaged.length}) {
            assertThatThrownBy(() -> unpacked(slow(damaged, step)))
                    .isInstanceOf(CorruptException.class);
        }
        assertThatThrownBy(() -> unpacked(damaged)).isInstanceOf(CorruptException.class);
    }

    private static InputStream slow(byte[] bytes, int step) {
        return Channels.newInputStream(new TrickleChannel(bytes, step));
    }

    @ParameterizedTest
    @EnumSource(names = {"ZSTD", "LZ4"})
    void skippableFramesStandAnywhere(Compression by) throws IOException {
        byte[] input =
                joined(
                        skippable(0, 4),
                        skippable(15, 0),
                        packed(by),
                        skippable(3, 200),
                        packed(by),
                        skippable(0, 100));
        assertThat(unpacked(input)).isEqualTo(joined(plain(), plain()));
        try (StreamFile opened =
                StreamFile.of(new ByteArrayInputStream(input), StreamFile.Options.DEFAULT)) {
            assertThat(opened.layers()).isEqualTo(List.of(new Layer.Compressed(by)));
        }
    }

    @Test
    void skippableFrameThatIsCutShortIsAnError() {
        for (byte[] input :
                List.of(
                        skippable(0, 0),
                        Arrays.copyOf(skippable(0, 100), 50),
                        Arrays.copyOf(skippable(0, 100), 5))) {
            assertThatThrownBy(() -> unpacked(input)).isInstanceOf(VMStateException.class);
        }
    }
}
