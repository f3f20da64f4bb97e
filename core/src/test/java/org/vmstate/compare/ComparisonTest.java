// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.compare.MemoryDiff.PageChange;
import org.vmstate.compare.MemoryDiff.Range;
import org.vmstate.ram.RamFormat;
import org.vmstate.testing.MemoryStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

final class ComparisonTest {
    private static final int PAGE = 4096;

    @TempDir Path folder;

    /// A page in a stream: one byte that fills it, in full or as a zero page.
    private record Page(int number, int fill, boolean full) {}

    private static Page data(int number, int fill) {
        return new Page(number, fill, true);
    }

    private static Page zero(int number) {
        return new Page(number, 0, false);
    }

    private static byte[] memory(int pages, Page... sent) {
        StreamBytes out =
                stream()
                        .configuration("pc")
                        .start(2, "ram", 0, 4)
                        .u64((long) pages * PAGE | 4)
                        .str8("pc.ram")
                        .u64((long) pages * PAGE)
                        .u64(0x10)
                        .footer(2)
                        .end(2);
        for (Page page : sent) {
            out.u64((long) page.number() * PAGE | (page.full() ? 8 : 2)).str8("pc.ram");
            if (page.full()) {
                byte[] bytes = new byte[PAGE];
                Arrays.fill(bytes, (byte) page.fill());
                out.bytes(bytes);
            } else {
                out.u8(page.fill());
            }
        }
        return out.u64(0x10).footer(2).endOfStream().toByteArray();
    }

    private Comparison compare(byte[] before, byte[] after, DiffRules rules) throws IOException {
        return Comparison.of(
                new Comparison.Source("A", WireReader.of(before)),
                new Comparison.Source("B", WireReader.of(after)),
                rules,
                folder);
    }

    private MemoryDiff.BlockDiff block(byte[] before, byte[] after) throws IOException {
        try (Comparison comparison = compare(before, after, DiffRules.ALL)) {
            return comparison.diff().memory().orElseThrow().blocks().getFirst();
        }
    }

    @Test
    void pagesAreCountedByWhatBecameOfThem() throws IOException {
        byte[] before = memory(8, data(0, 1), data(1, 1), data(2, 1), zero(3), data(4, 1), zero(6));
        byte[] after = memory(8, data(0, 1), data(1, 2), zero(2), data(3, 3), data(5, 1), zero(6));
        MemoryDiff.BlockDiff block = block(before, after);
        assertThat(block.counts()).isEqualTo(new MemoryDiff.Counts(2, 1, 1, 1, 1, 1, 1, 0));
        assertThat(block.ranges())
                .containsExactly(
                        new Range(0x1000, 0x2000, PageChange.CHANGED),
                        new Range(0x2000, 0x3000, PageChange.ZEROED),
                        new Range(0x3000, 0x4000, PageChange.FILLED),
                        new Range(0x4000, 0x5000, PageChange.ONLY_BEFORE),
                        new Range(0x5000, 0x6000, PageChange.ONLY_AFTER));
    }

    @Test
    void orderOfPagesAndHowTheyWereSentDoNotMatter() throws IOException {
        byte[] before = memory(4, data(0, 1), data(1, 2), zero(2), data(3, 0));
        byte[] after = memory(4, data(3, 9), zero(3), data(1, 2), data(0, 1), data(2, 0));
        assertThat(block(before, after).counts())
                .isEqualTo(new MemoryDiff.Counts(4, 0, 0, 0, 0, 0, 0, 0));
        assertThat(block(after, before).same()).isTrue();
    }

    @Test
    void lastContentOfAPageCountsInStepAndOutOfStep() throws IOException {
        byte[] before = memory(2, data(0, 1), data(1, 1), data(0, 2));
        byte[] after = memory(2, data(0, 1), data(1, 1));
        assertThat(block(before, after).ranges())
                .containsExactly(new Range(0, 0x1000, PageChange.CHANGED));
        assertThat(block(after, before).ranges())
                .containsExactly(new Range(0, 0x1000, PageChange.CHANGED));
        assertThat(block(memory(1, data(0, 1), data(0, 2)), memory(1, data(0, 3), data(0, 2))))
                .matches(MemoryDiff.BlockDiff::same);
        assertThat(
                        block(
                                        memory(2, data(0, 1), data(1, 1), data(0, 5)),
                                        memory(2, data(0, 1), data(0, 5), data(1, 1)))
                                .same())
                .isTrue();
    }

    @Test
    void rulesAllowRangesOfABlock() throws IOException {
        byte[] before = memory(3, data(0, 1), data(1, 1), data(2, 1));
        byte[] after = memory(3, data(0, 2), data(1, 2), data(2, 1));
        try (Comparison comparison =
                compare(before, after, DiffRules.ALL.and("memory pc.* 0x1000..0x2000"))) {
            MemoryDiff.BlockDiff block =
                    comparison.diff().memory().orElseThrow().blocks().getFirst();
            assertThat(block.counts().changed()).isEqualTo(1);
            assertThat(block.counts().allowed()).isEqualTo(1);
            assertThat(comparison.diff().same()).isFalse();
        }
        try (Comparison comparison = compare(before, after, DiffRules.ALL.and("memory pc.ram"))) {
            assertThat(comparison.diff().same()).isTrue();
        }
    }

    @Test
    void bytesAreReadOnDemand() throws IOException {
        byte[] before = memory(3, data(0, 1), zero(1));
        byte[] after = memory(3, data(1, 2), data(0, 3));
        try (Comparison comparison = compare(before, after, DiffRules.ALL)) {
            assertThat(comparison.bytes(Side.BEFORE, "pc.ram", PAGE - 2, 4))
                    .hasValue(new byte[] {1, 1, 0, 0});
            assertThat(comparison.bytes(Side.AFTER, "pc.ram", PAGE - 2, 4))
                    .hasValue(new byte[] {3, 3, 2, 2});
            assertThat(comparison.bytes(Side.AFTER, "pc.ram", 2 * PAGE - 2, 4)).isEmpty();
            assertThatThrownBy(() -> comparison.bytes(Side.AFTER, "pc.rom", 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> comparison.bytes(Side.AFTER, "pc.ram", 3 * PAGE, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void blocksOfOtherLengthsAndNamesDiffer() throws IOException {
        MemoryDiff.BlockDiff longer = block(memory(2, data(0, 1)), memory(3, data(0, 1), zero(2)));
        assertThat(longer.same()).isFalse();
        assertThat(longer.counts().equal()).isEqualTo(1);
        byte[] other = memory(1, data(0, 1));
        byte[] renamed =
                new String(other, java.nio.charset.StandardCharsets.ISO_8859_1)
                        .replace("pc.ram", "pc.rom")
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        try (Comparison comparison = compare(other, renamed, DiffRules.ALL)) {
            List<MemoryDiff.BlockDiff> blocks = comparison.diff().memory().orElseThrow().blocks();
            assertThat(blocks).hasSize(2).noneMatch(MemoryDiff.BlockDiff::same);
        }
    }

    static Stream<RamFormat> formats() {
        return Arrays.stream(RamFormat.values());
    }

    /// The same memory, in any two formats.
    @ParameterizedTest
    @MethodSource("formats")
    void memoryIsTheSameInEveryFormat(RamFormat format) throws IOException {
        List<byte[]> plain = MemoryStreams.of(RamFormat.PLAIN, PAGE, 700, 2, folder);
        List<byte[]> other = MemoryStreams.of(format, PAGE, 700, 2, folder);
        List<Path> channels = new ArrayList<>();
        for (int i = 1; i < other.size(); i++) {
            channels.add(Files.write(folder.resolve("channel" + i), other.get(i)));
        }
        for (boolean swapped : new boolean[] {false, true}) {
            Comparison.Source a = new Comparison.Source("A", WireReader.of(plain.getFirst()));
            Comparison.Source b =
                    new Comparison.Source("B", WireReader.of(other.getFirst()), channels);
            try (Comparison comparison =
                    Comparison.of(swapped ? b : a, swapped ? a : b, DiffRules.DEFAULT, folder)) {
                assertThat(comparison.diff().memory().orElseThrow().blocks())
                        .hasSize(2)
                        .allMatch(MemoryDiff.BlockDiff::same)
                        .allMatch(block -> block.counts().neither() == 0);
                assertThat(comparison.diff().same()).isTrue();
            }
        }
    }

    @Test
    void streamFromAPipeIsCompared() throws IOException {
        byte[] stream = memory(2, data(0, 1), data(1, 1));
        WireReader pipe =
                WireReader.of(
                        Channels.newChannel(new ByteArrayInputStream(stream)), ReadLimits.DEFAULT);
        try (Comparison comparison =
                Comparison.of(
                        new Comparison.Source("A", pipe),
                        new Comparison.Source("B", WireReader.of(stream)),
                        DiffRules.ALL,
                        folder)) {
            assertThat(comparison.diff().same()).isTrue();
        }
    }

    @Test
    void brokenStreamIsReportedWithItsName() {
        byte[] stream = memory(2, data(0, 1), data(1, 1));
        byte[] cut = Arrays.copyOf(stream, stream.length - PAGE);
        assertThatThrownBy(() -> compare(stream, cut, DiffRules.ALL))
                .isInstanceOf(VMStateException.class)
                .hasMessageStartingWith("B > ");
        assertThatThrownBy(() -> compare(cut, stream, DiffRules.ALL))
                .isInstanceOf(VMStateException.class)
                .hasMessageStartingWith("A > ");
    }

    @Test
    void streamThatEndsAnywhereIsReportedWithItsName() {
        Page[] pages = new Page[40];
        Arrays.setAll(pages, i -> data(i, i + 1));
        byte[] stream = memory(pages.length, pages);
        for (int length = 0; length < stream.length; length += 997) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThatThrownBy(() -> compare(stream, cut, DiffRules.ALL))
                    .as("cut at %d", length)
                    .isInstanceOf(VMStateException.class)
                    .hasMessageStartingWith("B");
            assertThatThrownBy(() -> compare(cut, cut, DiffRules.ALL))
                    .as("cut at %d", length)
                    .isInstanceOf(VMStateException.class)
                    .hasMessageStartingWith("A");
        }
    }

    /// The index must not depend on the length that a stream declares.
    @Test
    void hugeDeclaredBlockCostsNothing() throws IOException {
        StreamBytes out =
                stream()
                        .configuration("pc")
                        .start(2, "ram", 0, 4)
                        .u64(1L << 45 | 4)
                        .str8("pc.ram")
                        .u64(1L << 45)
                        .u64(0x10)
                        .footer(2)
                        .end(2)
                        .u64((1L << 45) - PAGE | 2)
                        .str8("pc.ram")
                        .u8(0)
                        .u64(0x10)
                        .footer(2)
                        .endOfStream();
        MemoryDiff.BlockDiff block = block(out.toByteArray(), out.toByteArray());
        assertThat(block.counts().equal()).isEqualTo(1);
    }
}
