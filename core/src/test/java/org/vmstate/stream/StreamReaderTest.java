// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.vmstate.stream.Reading.lines;
import static org.vmstate.stream.Reading.reader;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The elements of well-formed streams.
class StreamReaderTest {
    /// A stream with all parts of a current one.
    private static StreamBytes ordinary() {
        return stream()
                .configuration("pc-i440fx-7.2")
                .subsection("configuration/capabilities", 1)
                .u32(1)
                .str8("x-ignore-shared")
                .command(1)
                .start(2, "ram", 0, 4)
                .hex("03aabbcc")
                .footer(2)
                .part(2)
                .hex("00")
                .footer(2)
                .command(11)
                .end(2)
                .hex("0201ff")
                .footer(2)
                .full(0, "timer", 0, 2)
                .hex("0102030405060708")
                .footer(0)
                .full(7, "cpu", 1, 12)
                .hex("7e00000000")
                .footer(7)
                .full(9, "serial", 0, 3)
                .footer(9)
                .endOfStream()
                .description("{}");
    }

    private static final ExpectedSection[] EXPECTED = {
        new ExpectedSection("timer", 0, 8),
        new ExpectedSection("cpu", 1, 5),
        new ExpectedSection("serial", 0, 0)
    };

    private static StreamBytes bare() {
        return stream()
                .start(2, "ram", 0, 4)
                .hex("01aa")
                .end(2)
                .hex("00")
                .full(0, "timer", 0, 2)
                .hex("0102030405060708")
                .full(7, "cpu", 1, 12)
                .hex("11223344556677")
                .endOfStream();
    }

    private static StreamBytes postcopy() {
        return stream()
                .configuration("pc")
                .command(3)
                .start(2, "ram", 0, 4)
                .hex("01aa")
                .footer(2)
                .packaged(
                        p ->
                                p.command(4)
                                        .full(0, "timer", 0, 2)
                                        .hex("0102030405060708")
                                        .footer(0)
                                        .command(5))
                .end(2)
                .hex("00")
                .footer(2)
                .endOfStream();
    }

    static Stream<StreamBytes> streams() {
        return Stream.of(ordinary(), bare(), postcopy());
    }

    static Stream<Arguments> everyStreamFromEverySource() {
        return streams().flatMap(s -> Stream.of(Source.values()).map(k -> Arguments.of(k, s)));
    }

    @Test
    void ordinaryStreamHasItsElementsInOrder() throws IOException {
        assertThat(lines(reader(ordinary(), EXPECTED)))
                .containsExactly(
                        "header",
                        "configuration pc-i440fx-7.2",
                        "open-return-path",
                        "start 2 ram v4: 03aabbcc WALKED",
                        "footer 2",
                        "part 2 ram v4: 00 WALKED",
                        "footer 2",
                        "switchover-start",
                        "end 2 ram v4: 0201ff WALKED",
                        "footer 2",
                        "full 0 timer v2: 0102030405060708 DESCRIBED",
                        "footer 0",
                        "full 7 cpu#1 v12: 7e00000000 DESCRIBED",
                        "footer 7",
                        "full 9 serial v3:  DESCRIBED",
                        "footer 9",
                        "end of stream",
                        "description 7b7d");
    }

    @Test
    void streamWithoutConfigurationFootersAndDescriptionIsRead() throws IOException {
        assertThat(lines(reader(bare())))
                .containsExactly(
                        "header",
                        "start 2 ram v4: 01aa WALKED",
                        "end 2 ram v4: 00 WALKED",
                        "full 0 timer v2: 0102030405060708 FOUND_BY_HEADER",
                        "full 7 cpu#1 v12: 11223344556677 FOUND_BY_HEADER",
                        "end of stream");
    }

    @Test
    void packagedCommandHoldsItsElements() throws IOException {
        assertThat(lines(reader(postcopy())))
                .containsExactly(
                        "header",
                        "configuration pc",
                        "postcopy-advise",
                        "start 2 ram v4: 01aa WALKED",
                        "footer 2",
                        "packaged(postcopy-listen, full 0 timer v2: 0102030405060708"
                                + " FOUND_BY_FOOTER, footer 0, postcopy-run)",
                        "end 2 ram v4: 00 WALKED",
                        "footer 2",
                        "end of stream");
    }

    @Test
    void packageWithoutFootersEndsItsLastSection() throws IOException {
        StreamBytes stream =
                stream()
                        .packaged(
                                p ->
                                        p.full(0, "timer", 0, 2)
                                                .hex("0102030405060708")
                                                .full(1, "cpu", 0, 2)
                                                .hex("090a"))
                        .endOfStream();

        assertThat(lines(reader(stream)))
                .contains(
                        "packaged(full 0 timer v2: 0102030405060708 FOUND_BY_HEADER,"
                                + " full 1 cpu v2: 090a FOUND_BY_HEADER)");
        assertThat(lines(reader(stream, new ExpectedSection("cpu", 0, 2))))
                .contains(
                        "packaged(full 0 timer v2: 0102030405060708 FOUND_BY_HEADER,"
                                + " full 1 cpu v2: 090a DESCRIBED)");
    }

    @ParameterizedTest
    @MethodSource("everyStreamFromEverySource")
    void everySourceGivesTheSameElements(Source source, StreamBytes stream) throws IOException {
        List<String> fromArray = lines(reader(stream, EXPECTED));
        List<Long> offsets = Reading.offsets(reader(stream, EXPECTED));
        try (WireReader in = source.open(stream.toByteArray())) {
            List<String> lines = lines(reader(in, EXPECTED));

            assertThat(lines).hasSameSizeAs(fromArray);
            for (int i = 0; i < lines.size(); i++) {
                assertThat(lines.get(i)).is(same(fromArray.get(i), source));
            }
        }
        try (WireReader in = source.open(stream.toByteArray())) {
            assertThat(Reading.offsets(reader(in, EXPECTED)))
                    .containsExactlyElementsOf(
                            offsets.stream().map(o -> o + source.origin()).toList());
        }
        if (source.seekable()) {
            try (WireReader in = source.open(stream.toByteArray())) {
                assertThat(Reading.written(Reading.all(reader(in, EXPECTED))))
                        .isEqualTo(stream.toByteArray());
            }
        }
    }

    /// The same line, except that bodies that a handler consumed from a pipe are not available.
    private static Condition<String> same(String line, Source source) {
        return new Condition<>(
                other ->
                        other.equals(line)
                                || (!source.seekable()
                                        && line.endsWith("WALKED")
                                        && other.endsWith("bytes consumed WALKED")),
                "%s",
                line);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void elementsAreWrittenAsTheBytesTheyWereReadFrom(StreamBytes stream) throws IOException {
        List<StreamElement> elements = Reading.all(reader(stream, EXPECTED));

        assertThat(Reading.written(elements)).isEqualTo(stream.toByteArray());
        List<Long> offsets = Reading.offsets(reader(stream, EXPECTED));
        for (int i = 0; i < elements.size(); i++) {
            assertThat((long) Reading.written(elements.subList(0, i)).length)
                    .isEqualTo(offsets.get(i));
        }
    }

    @Test
    void bodyReaderCountsInOffsetsOfTheStream() throws IOException {
        StreamBytes before = stream().full(5, "timer", 0, 2);
        StreamReader reader = reader(before.hex("0a0b0c0d").footer(5).endOfStream());
        Section section = (Section) Reading.all(reader).get(1);

        WireReader body = section.body().reader(ReadLimits.DEFAULT);

        assertThat(body.position()).isEqualTo(8 + 1 + 4 + 6 + 4 + 4);
        assertThat(body.u32()).isEqualTo(0x0a0b0c0dL);
        assertThat(body.atEnd()).isTrue();
    }

    @Test
    void bodyPassedOverInAPipeCannotBeHad() throws IOException {
        try (WireReader in = Source.CHANNEL.open(bare().toByteArray())) {
            StreamReader reader = reader(in);
            reader.next();
            Section ram = (Section) reader.next();

            assertThat(ram.body().length()).isEqualTo(2);
            assertThatIllegalStateException().isThrownBy(() -> ram.body().memory());
            assertThatIllegalStateException().isThrownBy(() -> Reading.written(List.of(ram)));
        }
    }

    @Test
    void contextTellsWhatElementsSaidSoFar() throws IOException {
        StreamReader reader = reader(postcopy());
        assertThat(reader.context()).isEqualTo(StreamContext.EMPTY);
        reader.next();
        reader.next();
        assertThat(reader.context().configuration().orElseThrow().machineType()).isEqualTo("pc");
        assertThat(reader.context().postcopyAdvice()).isEmpty();
        reader.next();
        assertThat(reader.context().postcopyAdvice()).isPresent();

        StreamReader other = reader(ordinary(), EXPECTED);
        Reading.all(other);
        assertThat(other.context().capabilities()).containsExactly("x-ignore-shared");
    }

    @Test
    void walkerIsToldWhatElementsBeforeSaid() throws IOException {
        SectionHandler walker =
                (in, identity, context) -> {
                    assertThat(identity).isEqualTo(new SectionIdentity("ram", 3, 4));
                    assertThat(context.capabilities()).containsExactly("mapped-ram");
                    in.skip(2);
                };
        StreamBytes stream =
                stream()
                        .configuration("pc")
                        .subsection("configuration/capabilities", 1)
                        .u32(1)
                        .str8("mapped-ram")
                        .start(1, "ram", 3, 4)
                        .hex("aabb")
                        .end(1)
                        .hex("ccdd")
                        .endOfStream();

        assertThat(
                        lines(
                                StreamReader.of(
                                        WireReader.of(stream.toByteArray()),
                                        (_, _) -> walker,
                                        Expectations.NONE)))
                .contains("start 1 ram#3 v4: aabb WALKED", "end 1 ram#3 v4: ccdd WALKED");
    }

    @Test
    void footersAreSettledByTheFirstSection() throws IOException {
        StreamReader with = reader(ordinary(), EXPECTED);
        assertThat(with.footers()).isEqualTo(Footers.UNKNOWN);
        Reading.all(with);
        assertThat(with.footers()).isEqualTo(Footers.USED);

        StreamReader without = reader(bare());
        Reading.all(without);
        assertThat(without.footers()).isEqualTo(Footers.ABSENT);
    }

    @Test
    void nothingComesBehindTheEnd() throws IOException {
        StreamReader reader = reader(ordinary(), EXPECTED);
        Reading.all(reader);
        assertThat(reader.next()).isNull();
    }
}
