// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.stream.Expectations;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Missing pages are reported, and the page size is determined.
class RamCoverageTest {
    private static final int PAGE = 4096;

    @TempDir Path folder;

    private RamReader.Result result =
            new RamReader.Result(
                    new RamStatistics(), new PageSize(PAGE, PageSize.Source.CALLER), List.of());

    private RamCoverage load(byte[] main, List<Path> channels) throws IOException {
        try (RamImage image = RamImage.temporary(folder)) {
            return load(WireReader.of(main), channels, image);
        }
    }

    private RamCoverage load(WireReader in, List<Path> channels, RamImage image)
            throws IOException {
        result =
                RamReader.read(
                        in,
                        new BuiltInHandlers(new RamContext()),
                        Expectations.NONE,
                        image,
                        channels.isEmpty()
                                ? null
                                : MultifdChannels.open(channels, ReadLimits.DEFAULT));
        return result.coverage(image);
    }

    /// A stream with a block "ram" of `bytes` bytes and, in a PART section, the records of
    /// `records`.
    private static byte[] stream(long length, Consumer<StreamBytes> records, String description) {
        return stream("pc-i440fx-7.2", 0, length, records, description);
    }

    private static byte[] stream(
            String machine,
            long startMark,
            long length,
            Consumer<StreamBytes> records,
            String description) {
        StreamBytes bytes =
                StreamBytes.stream()
                        .configuration(machine)
                        .start(2, "ram", 0, 4)
                        .u64(length | RamFlags.MEM_SIZE)
                        .str8("ram")
                        .u64(length);
        if (startMark != 0) {
            bytes.u64(startMark);
        }
        bytes.u64(RamFlags.EOS).footer(2).part(2);
        records.accept(bytes);
        bytes.u64(RamFlags.EOS)
                .footer(2)
                .end(2)
                .u64(RamFlags.EOS)
                .footer(2)
                .full(3, "timer", 0, 2)
                .u64(0)
                .footer(3)
                .endOfStream();
        if (!description.isEmpty()) {
            bytes.description(description);
        }
        return bytes.toByteArray();
    }

    private static String pageSize(int bytes) {
        return "{\"page_size\":"
                + bytes
                + ",\"devices\":[{\"name\":\"timer\",\"instance_id\":0,\"vmsd_name\":\"timer\",\"version\":2,"
                + "\"fields\":[{\"name\":\"t\",\"type\":\"uint64\",\"size\":8}]}]}";
    }

    private static Consumer<StreamBytes> zeroPages(long step, long... pages) {
        return out -> {
            for (long page : pages) {
                out.u64(page * step | RamFlags.ZERO).str8("ram").u8(0);
            }
        };
    }

    private static Consumer<StreamBytes> fullPage(long page) {
        return out -> out.u64(page * PAGE | RamFlags.PAGE).str8("ram").bytes(new byte[PAGE]);
    }

    @Test
    void pagesThatDidNotComeAreListed() throws IOException {
        RamCoverage coverage =
                load(
                        stream(
                                8 * PAGE,
                                zeroPages(PAGE, 0, 3, 4).andThen(fullPage(7)),
                                pageSize(PAGE)),
                        List.of());

        RamCoverage.BlockCoverage ram = coverage.blocks().getFirst();
        assertThat(ram.extent()).isEqualTo(RamCoverage.Extent.PARTIAL);
        assertThat(ram.pages()).isEqualTo(8);
        assertThat(ram.missingPages()).isEqualTo(4);
        assertThat(ram.missing())
                .containsExactly(
                        new RamCoverage.Range(PAGE, 3 * PAGE),
                        new RamCoverage.Range(5 * PAGE, 7 * PAGE));
        assertThat(coverage.complete()).isFalse();
        assertThat(coverage.evidence()).isEmpty();
    }

    @Test
    void aBlockWithoutAnyPageIsNotZero() throws IOException {
        RamCoverage coverage = load(stream(4 * PAGE, out -> {}, pageSize(PAGE)), List.of());

        assertThat(coverage.blocks().getFirst().extent()).isEqualTo(RamCoverage.Extent.NONE);
        assertThat(coverage.complete()).isFalse();
    }

    @Test
    void theDescriptionStatesThePageSizeOfZeroPages() throws IOException {
        RamCoverage coverage =
                load(stream(4 * 8192, zeroPages(8192, 0, 1, 2, 3), pageSize(8192)), List.of());

        assertThat(result.pageSize()).isEqualTo(new PageSize(8192, PageSize.Source.DESCRIPTION));
        assertThat(coverage.blocks().getFirst().pages()).isEqualTo(4);
        assertThat(coverage.complete()).isTrue();
    }

    @Test
    void aPageSizeThatNothingStatesIsAGuess() throws IOException {
        assertThat(load(stream(4 * 8192, zeroPages(8192, 0, 1, 2, 3), ""), List.of()).complete())
                .isTrue();
        assertThat(result.pageSize()).isEqualTo(new PageSize(8192, PageSize.Source.ASSUMED));

        assertThat(load(stream(4 * 8192, zeroPages(8192, 0, 1, 3), ""), List.of()).complete())
                .isFalse();
        assertThat(result.pageSize()).isEqualTo(new PageSize(4096, PageSize.Source.ASSUMED));
    }

    @Test
    void statementsThatContradictEachOtherAreNamedBoth() {
        assertThatThrownBy(() -> load(stream(2 * PAGE, fullPage(0), pageSize(8192)), List.of()))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("pages of 8192 bytes by the description")
                .hasMessageContaining("of 4096 by the first page");
    }

    @Test
    void theFirstCompressedPageStatesThePageSize() throws IOException {
        Deflater deflater = new Deflater();
        deflater.setInput(new byte[8192]);
        deflater.finish();
        byte[] packed = new byte[100];
        int length = deflater.deflate(packed);
        deflater.end();
        Consumer<StreamBytes> page =
                out -> {
                    out.u64(8192 | RamFlags.COMPRESS_PAGE).str8("ram").u32(length);
                    out.bytes(java.util.Arrays.copyOf(packed, length));
                };
        assertThat(
                        load(stream(2 * 8192, zeroPages(8192, 0).andThen(page), ""), List.of())
                                .complete())
                .isTrue();
        assertThat(result.pageSize()).isEqualTo(new PageSize(8192, PageSize.Source.RECORDS));
    }

    @Test
    void aDeltaBehindThe4096thByteNeedsNoPageSize() throws IOException {
        Consumer<StreamBytes> delta =
                out ->
                        out.u64(RamFlags.XBZRLE)
                                .str8("ram")
                                .u8(1)
                                .u16(4)
                                .hex(
                                        "90 4e 01 77"
                                                .replace(" ", "")); // at a distance of 10000 bytes
        try (RamImage image = RamImage.temporary(folder)) {
            byte[] bytes = stream(2 * 16384, zeroPages(16384, 0, 1).andThen(delta), "");
            assertThat(load(WireReader.of(bytes), List.of(), image).complete()).isTrue();
            byte[] got = new byte[1];
            image.read(image.block("ram"), 10000, got, 0, 1);
            assertThat(got[0]).isEqualTo((byte) 0x77);
        }
    }

    @Test
    void hooksSayThatMemoryIsOutside() throws IOException {
        RamCoverage coverage =
                load(stream(4 * PAGE, out -> out.u64(RamFlags.HOOK), pageSize(PAGE)), List.of());

        assertThat(coverage.evidence())
                .extracting(MissingMemory::kind)
                .containsExactly(MissingMemory.Kind.RAM_HOOK);
    }

    @Test
    void memoryFromAFileMakesABlockComplete() throws IOException {
        Path file = Files.write(folder.resolve("ram.bin"), new byte[4 * PAGE]);
        try (RamImage image = RamImage.temporary(folder);
                FileChannel memory = FileChannel.open(file, StandardOpenOption.READ)) {
            byte[] bytes = stream(4 * PAGE, out -> out.u64(RamFlags.HOOK), pageSize(PAGE));
            assertThat(load(WireReader.of(bytes), List.of(), image).complete()).isFalse();
            image.replace(image.block("ram"), memory);
            assertThat(result.coverage(image).complete()).isTrue();
        }
    }

    @Test
    void discardedPagesHaveToComeAgain() throws IOException {
        ArrivalMap arrivals = new ArrivalMap(64 * PAGE, 256);
        arrivals.range(0, 64 * PAGE);
        arrivals.clear(3 * PAGE, 5 * PAGE);
        arrivals.pageSize(PAGE);
        assertThat(arrivals.pages()).isEqualTo(64);
        assertThat(arrivals.nextMissing(0)).isEqualTo(3);
        assertThat(arrivals.nextPresent(3)).isEqualTo(5);
        assertThat(arrivals.nextMissing(5)).isEqualTo(64);
        arrivals.page(3 * PAGE);
        arrivals.page(4 * PAGE);
        assertThat(arrivals.nextMissing(0)).isEqualTo(64);
    }

    /// Real migrations of all four versions: any missing channel is reported.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "v-multifd-none-sock-52.mig",
                "v-multifd-zlib-sock-72.mig",
                "v-multifd-zstd-sock-72.mig",
                "v-multifd-none-sock-100.mig",
                "v-multifd-zlib-sock-100.mig",
                "v-multifd-zstd-sock-100.mig",
                "v-multifd-loop-100.mig"
            })
    void everyChannelThatIsLeftOutIsMissed(String name) throws IOException {
        Corpus.Entry entry = Corpus.file(name);
        byte[] main = entry.bytes();
        List<Path> files = new ArrayList<>();
        for (Corpus.Entry channel : entry.channels()) {
            files.add(channel.unpack(folder));
        }
        for (int chosen = 0; chosen < 1 << files.size(); chosen++) {
            List<Path> given = new ArrayList<>();
            for (int i = 0; i < files.size(); i++) {
                if ((chosen >> i & 1) != 0) {
                    given.add(files.get(i));
                }
            }
            RamCoverage coverage = load(main, given);
            assertThat(coverage.complete())
                    .as("channels " + given)
                    .isEqualTo(given.size() == files.size());
        }
    }

    private Path channel(int id, List<byte[]> packets) throws IOException {
        StreamBytes bytes = new StreamBytes().u32(MultifdPacket.MAGIC).u32(1);
        bytes.bytes(new byte[16]).u8(id).bytes(new byte[39]);
        packets.forEach(bytes::bytes);
        return Files.write(folder.resolve("ch" + id), bytes.toByteArray());
    }

    /// A packet with zero pages, as QEMU 9 and newer write it.
    private static byte[] packet(int flags, long number, long... zeroPages) {
        StreamBytes bytes = new StreamBytes().u32(MultifdPacket.MAGIC).u32(1).u32(flags);
        bytes.u32(zeroPages.length == 0 ? 0 : 128).u32(0).u32(0).u64(number);
        bytes.u32(zeroPages.length).bytes(new byte[28]);
        bytes.text("ram").bytes(new byte[253]);
        for (long page : zeroPages) {
            bytes.u64(page * PAGE);
        }
        return bytes.bytes(new byte[8 * (128 - zeroPages.length)]).toByteArray();
    }

    private static byte[] multifdMain() {
        return stream(
                "pc-i440fx-10.0",
                RamFlags.MULTIFD_FLUSH,
                2 * PAGE,
                out -> out.u64(RamFlags.MULTIFD_FLUSH),
                pageSize(PAGE));
    }

    @Test
    void wholeChannelsAreComplete() throws IOException {
        Path zero = channel(0, List.of(packet(1, 0), packet(0, 2, 0, 1), packet(1, 3)));
        Path one = channel(1, List.of(packet(1, 1), packet(1, 4)));
        RamCoverage coverage = load(multifdMain(), List.of(zero, one));
        assertThat(coverage.complete()).as(coverage.toString()).isTrue();
    }

    @Test
    void aChannelWithFewerSyncPacketsIsNotWhole() throws IOException {
        Path zero = channel(0, List.of(packet(1, 0), packet(0, 1, 0, 1)));
        assertThat(load(multifdMain(), List.of(zero)).evidence())
                .containsExactly(
                        new MissingMemory(
                                MissingMemory.Kind.CHANNEL_CUT,
                                "channel file ch0 is not whole: it has 1 of the 2 sync packets that the main stream waits for"));
    }

    @Test
    void gapsInTheNumbersOfChannelsAndPacketsAreEvidence() throws IOException {
        Path one = channel(1, List.of(packet(1, 1), packet(0, 2, 0, 1), packet(1, 4)));
        RamCoverage coverage = load(multifdMain(), List.of(one));
        assertThat(coverage.blocks().getFirst().missingPages()).isZero();
        assertThat(coverage.evidence())
                .extracting(MissingMemory::message)
                .containsExactly(
                        "multifd channel 0 is missing; given were 1",
                        "2 multifd packets are missing, by the numbers of the others");
    }

    /// In QEMU before 9.0, the number of a sync packet may overwrite that of a packet waiting to be
    /// sent.
    @Test
    void numbersOverwrittenBySyncsAreNoEvidenceButTheirCountIs() throws IOException {
        Path zero = channel(0, List.of(packet(1, 0), packet(0, 3, 0, 1), packet(1, 3)));
        Path one = channel(1, List.of(packet(1, 1), packet(1, 4)));
        assertThat(load(multifdMain(), List.of(zero, one)).complete()).isTrue();

        Path short0 = channel(0, List.of(packet(1, 0), packet(1, 5), packet(0, 5, 0, 1)));
        Path short1 = channel(1, List.of(packet(1, 1), packet(1, 6)));
        byte[] old =
                stream(
                        "pc-i440fx-7.2",
                        RamFlags.MULTIFD_FLUSH,
                        2 * PAGE,
                        out -> out.u64(RamFlags.MULTIFD_FLUSH),
                        pageSize(PAGE));
        assertThat(load(old, List.of(short0, short1)).evidence())
                .extracting(MissingMemory::message)
                .containsExactly("2 multifd packets are missing, by the numbers of the others");
    }

    @Test
    void flushMarksWithoutChannelsAreEvidence() throws IOException {
        assertThat(load(multifdMain(), List.of()).evidence())
                .extracting(MissingMemory::kind)
                .containsExactly(MissingMemory.Kind.NO_CHANNELS);
    }

    /// The state of a device of 4 blocks of 64 KiB, of which the second one is plugged.
    private static byte[] withVirtioMem(long... pages) {
        long length = 4L << 16;
        StreamBytes bytes =
                StreamBytes.stream()
                        .configuration("pc-q35-10.0")
                        .start(2, "ram", 0, 4)
                        .u64(length | RamFlags.MEM_SIZE)
                        .str8("0000:00:01.0/m0")
                        .u64(length)
                        .u64(RamFlags.EOS)
                        .footer(2)
                        .full(5, "0000:00:01.0/virtio-mem-device-early", 0, 1)
                        .u64(1L << 32)
                        .u64(length)
                        .u64(1 << 16)
                        .u32(0)
                        .u64(1 << 16)
                        .u64(2)
                        .footer(5)
                        .end(2);
        for (long page : pages) {
            bytes.u64(page * PAGE | RamFlags.ZERO).str8("0000:00:01.0/m0").u8(0);
        }
        return bytes.u64(RamFlags.EOS)
                .footer(2)
                .endOfStream()
                .description("{\"page_size\":4096,\"devices\":[]}")
                .toByteArray();
    }

    @Test
    void unpluggedVirtioMemIsNotMissing() throws IOException {
        long[] plugged = java.util.stream.LongStream.range(16, 32).toArray();
        assertThat(load(withVirtioMem(plugged), List.of()).complete()).isTrue();
        assertThat(load(withVirtioMem(16), List.of()).complete()).isTrue();
        assertThat(load(withVirtioMem(), List.of()).blocks().getFirst().missing())
                .containsExactly(new RamCoverage.Range(16 * PAGE, 32 * PAGE));
    }
}
