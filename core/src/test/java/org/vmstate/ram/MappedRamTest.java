// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.stream.Expectations;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class MappedRamTest {
    private static final int PAGE = 4096;
    private static final int PAGES_AT = 1 << 16;

    @TempDir Path folder;

    private RamImage load(byte[] stream) throws IOException {
        RamImage image = RamImage.temporary(folder);
        try {
            WireReader in = WireReader.of(stream);
            while (in.peek(0) == 0) {
                in.skip(PAGE);
            }
            RamReader.read(
                    in, new BuiltInHandlers(new RamContext()), Expectations.NONE, image, null);
            return image;
        } catch (IOException e) {
            image.close();
            throw e;
        }
    }

    /// A host of the other byte order writes the same file with swapped words in its bitmaps.
    @ParameterizedTest
    @ValueSource(strings = {"v-mappedram-100.mig", "v-mappedram-offset-100.mig"})
    void bitmapsOfBigEndianHostsAreRead(String name) throws IOException {
        byte[] stream = Corpus.file(name).bytes();
        byte[] other = stream.clone();
        try (RamImage little = load(stream)) {
            for (RamBlock block : little.blocks()) {
                MappedRam mapped = block.mapped();
                turnRound(
                        other,
                        (int) mapped.bitmapOffset(),
                        (int) mapped.bitmapBytes(block.length()));
            }
            try (RamImage big = load(other)) {
                for (RamBlock block : little.blocks()) {
                    assertThat(RamReaderTest.sha256(big, block, 0, block.length()))
                            .as(block.name())
                            .isEqualTo(RamReaderTest.sha256(little, block, 0, block.length()));
                }
            }
        }
    }

    private static void turnRound(byte[] bytes, int at, int count) {
        for (int word = at; word < at + count; word += 8) {
            for (int i = 0; i < 4; i++) {
                byte first = bytes[word + i];
                bytes[word + i] = bytes[word + 7 - i];
                bytes[word + 7 - i] = first;
            }
        }
    }

    /// A stream up to the bitmap of its only block.
    static void begin(WireWriter out, long length, long pagesAt) throws IOException {
        out.int32(0x5145564d);
        out.int32(3);
        out.u8(7);
        out.u32(2);
        out.bytes(new byte[] {'p', 'c'});
        out.u8(5);
        out.str8("configuration/capabilities");
        out.u32(1);
        out.u32(1);
        out.str8("mapped-ram");
        out.u8(1);
        out.u32(2);
        out.str8("ram");
        out.u32(0);
        out.u32(4);
        out.u64(length | RamFlags.MEM_SIZE);
        out.str8("pc.ram");
        out.u64(length);
        out.u32(1);
        out.u64(PAGE);
        out.u64(out.position() + 16);
        out.u64(pagesAt);
    }

    /// A stream with one block of `pages` pages with this bitmap; the pages in `data` are not zero.
    private static byte[] stream(int pages, long bitmap, int... data) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        WireWriter out = WireWriter.to(Channels.newChannel(bytes));
        begin(out, (long) pages * PAGE, PAGES_AT);
        out.u64(Long.reverseBytes(bitmap));
        out.zeros((int) (PAGES_AT - out.position()));
        byte[] memory = new byte[pages * PAGE];
        for (int page : data) {
            Arrays.fill(memory, page * PAGE + 100, page * PAGE + 200, (byte) (page + 1));
        }
        out.bytes(memory);
        out.u64(RamFlags.EOS);
        out.u8(3);
        out.u32(2);
        out.u64(RamFlags.EOS);
        out.u8(0);
        out.flush();
        return bytes.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "64, 0x1, 0, 0",
        "64, 0x0100000000000000, 0, 0",
        "64, 0x3, 0, 0",
        "3, 0x0500000000000000, 2, 2",
        "3, 0x2, 1, 1",
        "64, 0xffffffffffffffff, 63, 63"
    })
    void theOrderFollowsFromTheLastPageAndFromWhatThePagesHold(
            int pages, String bitmap, int data, int expected) throws IOException {
        try (RamImage image =
                load(stream(pages, Long.parseUnsignedLong(bitmap.substring(2), 16), data))) {
            assertThat(image.nextData(image.block("pc.ram"), 0))
                    .isLessThanOrEqualTo((long) expected * PAGE);
            byte[] page = new byte[PAGE];
            image.read(image.block("pc.ram"), (long) expected * PAGE, page, 0, PAGE);
            assertThat(page[150]).isEqualTo((byte) (expected + 1));
        }
    }

    @Test
    void stalePagesBesideTheBitmapStayZero() throws IOException {
        try (RamImage image = load(stream(64, 0x7fL, 0, 1, 2, 3, 4, 5, 6, 60))) {
            byte[] page = new byte[PAGE];
            image.read(image.block("pc.ram"), 60L * PAGE, page, 0, PAGE);
            assertThat(page).containsOnly(0);
        }
    }

    @Test
    void anOrderThatCannotBeToldIsRefused() {
        assertThatThrownBy(() -> load(stream(64, 1, 0, 56)))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("an undetermined byte order")
                .hasMessageContaining("little-endian words: 1, for big-endian ones: 1");
    }

    @Test
    void bitsBehindTheLastPageInBothOrdersAreRefused() {
        assertThatThrownBy(() -> load(stream(3, 0x0800_0000_0000_0008L, 0)))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("bits after the last page");
    }
}
