// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.stream.Expectations;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class RamReaderTest {
    /// Hashing the zeros of larger guests would take longer than the rest of the test.
    private static final long HASHED_BYTES = 256 << 20;

    @TempDir Path folder;

    private RamCoverage coverage = new RamCoverage(List.of(), List.of());

    static Stream<Corpus.Entry> streams() {
        return Corpus.streams().stream()
                .filter(e -> e.file().endsWith(".mig") && !e.file().startsWith("libvirt-"))
                .filter(e -> !e.blocks().isEmpty());
    }

    /// The hashes are those of QEMU's memory, computed without this library.
    @ParameterizedTest
    @MethodSource("streams")
    void memoryIsWhatQemuHeld(Corpus.Entry entry) throws IOException {
        try (RamImage image = load(entry)) {
            assertThat(coverage.complete()).as(coverage.toString()).isTrue();
            assertThat(image.blocks())
                    .extracting(RamBlock::name)
                    .containsExactlyElementsOf(
                            entry.blocks().stream().map(Corpus.Block::name).toList());
            for (Corpus.Block expected : entry.blocks()) {
                RamBlock block = image.block(expected.name());
                assertThat(block.length()).isEqualTo(expected.length());
                if (expected.sha256().isPresent() && expected.length() <= HASHED_BYTES) {
                    assertThat(sha256(image, block, 0, block.length()))
                            .as(expected.name())
                            .isEqualTo(expected.sha256().get());
                }
            }
        }
    }

    private RamImage load(Corpus.Entry entry) throws IOException {
        List<Path> channels = new ArrayList<>();
        for (Corpus.Entry channel : entry.channels()) {
            channels.add(channel.unpack(folder));
        }
        RamImage image = RamImage.temporary(folder);
        try (WireReader in = WireReader.open(entry.unpack(folder), ReadLimits.DEFAULT)) {
            while (in.peek(0) == 0) {
                in.skip(4096);
            }
            coverage =
                    RamReader.read(
                                    in,
                                    new BuiltInHandlers(new RamContext()),
                                    Expectations.NONE,
                                    image,
                                    channels.isEmpty()
                                            ? null
                                            : MultifdChannels.open(channels, ReadLimits.DEFAULT))
                            .coverage(image);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.filter(f -> f.getFileName().toString().startsWith(".vmstate")))
                    .isEmpty();
        }
        return image;
    }

    static String sha256(RamImage image, RamBlock block, long from, long to) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 20];
            for (long at = from; at < to; at += chunk.length) {
                int count = (int) Math.min(chunk.length, to - at);
                image.read(block, at, chunk, 0, count);
                digest.update(chunk, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /// 512 GiB of mapped-ram, nearly all holes: the use of the heap does not grow with the size.
    @Test
    void aHugeGuestFitsASmallHeap() throws IOException {
        long length = 512L << 30;
        Path file = folder.resolve("huge.mig");
        long pagesAt = 32L << 20;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            WireWriter out = WireWriter.to(channel);
            MappedRamTest.begin(out, length, pagesAt);
            long bitmap = out.position();
            out.hole((length >>> 15) - 1);
            out.u8(0x80);
            out.hole(pagesAt - out.position() + length - 4096);
            out.bytes("the last page".getBytes(StandardCharsets.US_ASCII));
            out.hole(4096 - 13);
            out.u64(0x10);
            out.u8(0x7e);
            out.u32(2);
            out.u8(3);
            out.u32(2);
            out.u64(0x10);
            out.u8(0x7e);
            out.u32(2);
            out.u8(0);
            out.flush();
            assertThat(bitmap).isLessThan(pagesAt);
        }
        try (RamImage image = RamImage.temporary(folder);
                WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            RamReader.read(in, (_, _) -> null, Expectations.NONE, image, null);
            RamBlock ram = image.block("pc.ram");
            assertThat(image.nextData(ram, 0)).isEqualTo(length - 4096);
            byte[] page = new byte[4096];
            image.read(ram, length - 4096, page, 0, page.length);
            assertThat(new String(page, 0, 13, StandardCharsets.US_ASCII))
                    .isEqualTo("the last page");
        }
    }
}
