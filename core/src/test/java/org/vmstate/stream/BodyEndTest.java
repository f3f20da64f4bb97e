// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.stream.Reading.lines;
import static org.vmstate.stream.Reading.reader;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;

/// The ends of bodies without a handler: with a right description, with a wrong one, and without
/// one.
class BodyEndTest {
    private static ExpectedSection expect(String name, long length) {
        return new ExpectedSection(name, 0, length);
    }

    private static StreamBytes two(String firstBody, String secondBody) {
        return stream()
                .full(1, "one", 0, 1)
                .hex(firstBody)
                .footer(1)
                .full(2, "two", 0, 1)
                .hex(secondBody)
                .footer(2)
                .endOfStream();
    }

    private static StreamBytes twoWithoutFooters(String firstBody, String secondBody) {
        return stream()
                .full(1, "one", 0, 1)
                .hex(firstBody)
                .full(2, "two", 0, 1)
                .hex(secondBody)
                .endOfStream();
    }

    @Test
    void rightDescriptionDecides() throws IOException {
        assertThat(lines(reader(two("aabb", "cc"), expect("one", 2), expect("two", 1))))
                .contains("full 1 one v1: aabb DESCRIBED", "full 2 two v1: cc DESCRIBED");
        assertThat(
                        lines(
                                reader(
                                        twoWithoutFooters("aabb", "cc"),
                                        expect("one", 2),
                                        expect("two", 1))))
                .contains("full 1 one v1: aabb DESCRIBED", "full 2 two v1: cc DESCRIBED");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 6, 20, 1000, Integer.MAX_VALUE, Long.MAX_VALUE})
    void wrongDescriptionOfOneSectionDoesNotHarmTheOthers(long wrong) throws IOException {
        assertThat(lines(reader(two("aabb", "cc"), expect("one", wrong), expect("two", 1))))
                .containsExactly(
                        "header",
                        "full 1 one v1: aabb RESYNCHRONIZED",
                        "footer 1",
                        "full 2 two v1: cc DESCRIBED",
                        "footer 2",
                        "end of stream");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 1000, Long.MAX_VALUE})
    void wrongDescriptionWithoutFootersIsFoundOutByTheNextHeader(long wrong) throws IOException {
        assertThat(
                        lines(
                                reader(
                                        twoWithoutFooters("aabb", "cc"),
                                        expect("one", wrong),
                                        expect("two", 1))))
                .contains("full 1 one v1: aabb RESYNCHRONIZED", "full 2 two v1: cc DESCRIBED");
    }

    @Test
    void sectionThatTheDescriptionDoesNotNameIsFound() throws IOException {
        assertThat(lines(reader(two("aabb", "cc"), expect("two", 1))))
                .contains("full 1 one v1: aabb FOUND_BY_FOOTER", "full 2 two v1: cc DESCRIBED");
        assertThat(lines(reader(twoWithoutFooters("aabb", "cc"), expect("two", 1))))
                .contains("full 1 one v1: aabb FOUND_BY_HEADER", "full 2 two v1: cc DESCRIBED");
    }

    @Test
    void devicesOfOneNameArePairedInOrder() throws IOException {
        StreamBytes stream =
                stream()
                        .full(1, "isa-ide", 0, 3)
                        .hex("aabb")
                        .footer(1)
                        .full(2, "isa-ide", 1, 3)
                        .hex("cc")
                        .footer(2)
                        .full(3, "isa-ide", 0, 3)
                        .hex("ddeeff")
                        .footer(3)
                        .endOfStream();

        assertThat(
                        lines(
                                reader(
                                        stream,
                                        new ExpectedSection("isa-ide", 1, 1),
                                        new ExpectedSection("isa-ide", 0, 2),
                                        new ExpectedSection("isa-ide", 0, 3))))
                .contains(
                        "full 1 isa-ide v3: aabb DESCRIBED",
                        "full 2 isa-ide#1 v3: cc DESCRIBED",
                        "full 3 isa-ide v3: ddeeff DESCRIBED");
    }

    @Test
    void footerOfAnotherSectionInsideABodyEndsNothing() throws IOException {
        String fake = "7e00000002" + "00";
        assertThat(lines(reader(two("aa" + fake + "bb", "cc"))))
                .contains("full 1 one v1: aa" + fake + "bb FOUND_BY_FOOTER");
    }

    @Test
    void footerInsideABodyEndsNothingWhereNoElementFollows() throws IOException {
        String fake = "7e00000001" + "99";
        assertThat(lines(reader(two(fake, "cc"))))
                .contains("full 1 one v1: " + fake + " FOUND_BY_FOOTER");
    }

    @Test
    void footerInsideADescribedBodyEndsNothing() throws IOException {
        String fake = "7e00000001" + "00";
        assertThat(lines(reader(two(fake, "cc"), expect("one", 6), expect("two", 1))))
                .contains("full 1 one v1: " + fake + " DESCRIBED");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u0001", "a\tb", "x", "nämlich"})
    void sectionOfAnOddNameEndsTheOneBeforeIt(String name) throws IOException {
        StreamBytes stream =
                stream()
                        .full(1, "one", 0, 1)
                        .hex("aabb")
                        .footer(1)
                        .full(2, name, 0, 1)
                        .hex("cc")
                        .footer(2)
                        .endOfStream();

        assertThat(lines(reader(stream)))
                .contains(
                        "full 1 one v1: aabb FOUND_BY_FOOTER",
                        "full 2 " + name + " v1: cc FOUND_BY_FOOTER");
    }

    @Test
    void zerosInsideABodyAreNotTheEndOfTheStream() throws IOException {
        String zeros = "00".repeat(40) + "0006" + "00".repeat(40);
        assertThat(lines(reader(two(zeros, zeros))))
                .contains(
                        "full 1 one v1: " + zeros + " FOUND_BY_FOOTER",
                        "full 2 two v1: " + zeros + " FOUND_BY_FOOTER");
        assertThat(lines(reader(twoWithoutFooters(zeros, zeros))))
                .contains(
                        "full 1 one v1: " + zeros + " FOUND_BY_HEADER",
                        "full 2 two v1: " + zeros + " FOUND_BY_HEADER");
    }

    @Test
    void headerOfASectionThatWasBeforeDoesNotEndABody() throws IOException {
        StreamBytes header = new StreamBytes().full(1, "one", 0, 1);
        String again = HexFormat.of().formatHex(header.toByteArray());
        assertThat(lines(reader(twoWithoutFooters("aa" + again, "cc"))))
                .contains("full 1 one v1: aa" + again + " FOUND_BY_HEADER");
    }

    @Test
    void iterativeDeviceWithoutAWalkerIsFoundByItsFooters() throws IOException {
        StreamBytes stream =
                stream()
                        .start(4, "vfio", 0, 1)
                        .hex("aa")
                        .footer(4)
                        .part(4)
                        .hex("bbbb")
                        .footer(4)
                        .end(4)
                        .footer(4)
                        .endOfStream();

        assertThat(lines(reader(stream, expect("vfio", 1))))
                .contains(
                        "start 4 vfio v1: aa FOUND_BY_FOOTER",
                        "part 4 vfio v1: bbbb FOUND_BY_FOOTER",
                        "end 4 vfio v1:  FOUND_BY_FOOTER");
    }

    /// A truncated stream still has the sections whose footers it contains.
    @Test
    void cutBehindAFooterLeavesTheSectionBeforeIt() throws IOException {
        byte[] whole = two("aabb", "cc").description("{\"devices\":[]}").toByteArray();
        int behindFirst = 8 + 17 + 2 + 5;
        int behindSecond = behindFirst + 17 + 1 + 5;
        for (int cut = behindFirst; cut < whole.length; cut++) {
            List<String> elements = new ArrayList<>();
            byte[] kept = Arrays.copyOf(whole, cut);
            // without its description, a stream that ends with the end mark is complete
            if (cut == behindSecond + 1) {
                continue;
            }

            assertThatThrownBy(
                            () -> Reading.linesUpToTheError(reader(WireReader.of(kept)), elements))
                    .as("cut at %d", cut)
                    .isInstanceOf(TruncatedException.class);
            assertThat(elements)
                    .as("cut at %d", cut)
                    .startsWith("header", "full 1 one v1: aabb FOUND_BY_FOOTER", "footer 1")
                    .hasSize(cut < behindSecond ? 3 : cut == behindSecond ? 5 : 6);
        }
    }

    @Test
    void cutBehindADescribedBodyLeavesIt() {
        byte[] whole = twoWithoutFooters("aabb", "cc").toByteArray();
        int behindFirst = 8 + 17 + 2;
        for (int cut = behindFirst; cut < behindFirst + 17; cut++) {
            List<String> elements = new ArrayList<>();
            StreamReader reader =
                    reader(WireReader.of(Arrays.copyOf(whole, cut)), expect("one", 2));

            assertThatThrownBy(() -> Reading.linesUpToTheError(reader, elements))
                    .isInstanceOf(TruncatedException.class);
            assertThat(elements).containsExactly("header", "full 1 one v1: aabb DESCRIBED");
        }
    }
}
