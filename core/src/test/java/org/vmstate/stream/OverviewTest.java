// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.ByteRanges;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

class OverviewTest {
    private static final ExpectedSection[] EXPECTED = {
        new ExpectedSection("early", 0, 1),
        new ExpectedSection("timer", 0, 8),
        new ExpectedSection("cpu", 1, 0)
    };

    private static StreamBytes footer(StreamBytes stream, boolean footers, long id) {
        return footers ? stream.footer(id) : stream;
    }

    /// An early device, RAM in many sections, among which is `between`, and devices.
    private static StreamBytes machine(boolean footers, StreamBytes between) {
        StreamBytes s = stream().configuration("pc");
        footer(s.full(9, "early", 0, 1).hex("ee"), footers, 9);
        return s.bytes(fromRamOn(footers, between).toByteArray());
    }

    private static StreamBytes fromRamOn(boolean footers, StreamBytes between) {
        StreamBytes s = new StreamBytes();
        footer(s.start(2, "ram", 0, 4).hex("00"), footers, 2);
        for (int i = 0; i < 100; i++) {
            footer(s.part(2).hex("03aabbcc"), footers, 2);
        }
        s.bytes(between.toByteArray());
        footer(s.end(2).hex("080000000000000010"), footers, 2);
        footer(s.full(0, "timer", 0, 2).hex("0102030405060708"), footers, 0);
        footer(s.full(7, "cpu", 1, 12), footers, 7);
        return s.endOfStream().description("{}");
    }

    private static StreamReader overview(WireReader in, ExpectedSection... expected) {
        return StreamReader.overview(in, Reading.RAM, _ -> List.of(expected), 0);
    }

    private static StreamReader overview(StreamBytes stream, ExpectedSection... expected) {
        return overview(WireReader.of(stream.toByteArray()), expected);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void overviewHasTheDevicesOfTheWholeAndNoIterations(boolean footers) throws IOException {
        StreamBytes stream = machine(footers, new StreamBytes());
        List<String> whole = Reading.lines(Reading.reader(stream, EXPECTED));
        List<Long> offsets = Reading.offsets(Reading.reader(stream, EXPECTED));
        StreamReader reader = overview(stream, EXPECTED);

        List<String> lines = Reading.lines(reader);

        assertThat(lines).containsExactlyElementsOf(withoutIterations(whole));
        assertThat(reader.skippedBytes()).isEqualTo(100 * (footers ? 14 : 9) + (footers ? 19 : 14));
        assertThat(reader.origin().offset()).isEqualTo(offsets.getLast());
    }

    private static List<String> withoutIterations(List<String> lines) {
        List<String> left = new ArrayList<>();
        boolean iteration = false;
        for (String line : lines) {
            iteration =
                    line.startsWith("part ")
                            || line.startsWith("end 2 ")
                            || (iteration && line.startsWith("footer "));
            if (!iteration) {
                left.add(line);
            }
        }
        return left;
    }

    @ParameterizedTest
    @EnumSource
    void everySourceThatCanSeekJumps(Source source) throws IOException {
        byte[] machine =
                stream().bytes(fromRamOn(true, new StreamBytes()).toByteArray()).toByteArray();
        try (WireReader in = source.open(machine)) {
            StreamReader reader = overview(in, EXPECTED[1], EXPECTED[2]);
            List<StreamElement> elements = Reading.all(reader);

            assertThat(elements).hasSize(source.seekable() ? 9 : 211);
            assertThat(reader.skippedBytes() > 0).isEqualTo(source.seekable());
        }
    }

    @Test
    void whatCannotBeFoundFromTheEndIsWalked() throws IOException {
        StreamBytes stream = machine(true, new StreamBytes());
        List<String> whole = Reading.lines(Reading.reader(stream));
        ExpectedSection[][] useless = {
            {},
            {new ExpectedSection("timer", 0, 7), new ExpectedSection("cpu", 1, 0)},
            {new ExpectedSection("timer", 1, 8), new ExpectedSection("cpu", 1, 0)},
            {new ExpectedSection("timer", 0, 8), new ExpectedSection("cpx", 1, 0)},
            {new ExpectedSection("timer", 0, 8), new ExpectedSection("cpu", 1, Long.MAX_VALUE)},
            {
                new ExpectedSection("missing", 0, 1),
                new ExpectedSection("timer", 0, 8),
                new ExpectedSection("cpu", 1, 0)
            },
        };
        for (ExpectedSection[] expected : useless) {
            StreamReader reader = overview(stream, expected);

            assertThat(Reading.lines(reader)).hasSameSizeAs(whole);
            assertThat(reader.skippedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void smallSourceIsWalkedUnlessItIsRemote(boolean remote) throws IOException {
        byte[] bytes = machine(true, new StreamBytes()).toByteArray();
        try (WireReader in = WireReader.of(new ByteRanges(bytes, remote), ReadLimits.DEFAULT)) {
            StreamReader reader = StreamReader.overview(in, Reading.RAM, _ -> List.of(EXPECTED));

            assertThat(Reading.lines(reader)).contains("full 7 cpu#1 v12:  DESCRIBED");
            assertThat(reader.skippedBytes() > 0).isEqualTo(remote);
        }
    }

    /// Devices at the end of a source do not prove anything about the stream at its start.
    @Test
    void tailOfAnotherStreamIsNotTaken() throws IOException {
        StreamBytes other =
                stream()
                        .start(3, "ram", 0, 4)
                        .hex("080000000000000010")
                        .footer(3)
                        .full(0, "timer", 0, 2)
                        .hex("0102030405060708")
                        .footer(0)
                        .endOfStream()
                        .description("{}");
        byte[] newer = machine(true, new StreamBytes()).toByteArray();
        byte[] cut = Arrays.copyOf(newer, newer.length - 7);
        byte[] bytes = new StreamBytes().bytes(cut).bytes(other.toByteArray()).toByteArray();

        StreamReader reader = overview(WireReader.of(bytes), EXPECTED[1]);

        assertThat(Reading.lines(reader)).contains("full 7 cpu#1 v12:  FOUND_BY_FOOTER");
        assertThat(reader.skippedBytes()).isZero();
        assertThat(reader.bytesAfterEnd()).hasValue(other.size());
    }

    @Test
    void streamWithoutADescriptionIsWalked() throws IOException {
        byte[] bytes = machine(true, new StreamBytes()).toByteArray();
        byte[] cut = Arrays.copyOf(bytes, bytes.length - 7);
        StreamReader reader = overview(WireReader.of(cut), EXPECTED);

        assertThat(Reading.all(reader)).hasSize(213);
        assertThat(reader.skippedBytes()).isZero();
    }

    /// A full section without a handler between the sections of RAM is found at its position.
    @Test
    void deviceBetweenTheIterationsIsPassedOverOnlyIfTheTailTellsOfAllOthers() throws IOException {
        StreamBytes stream =
                machine(true, new StreamBytes().full(5, "late", 0, 1).hex("bb").footer(5));

        assertThat(Reading.lines(overview(stream, EXPECTED)))
                .noneMatch(line -> line.startsWith("full 5 late"));
        assertThat(
                        Reading.lines(
                                overview(
                                        stream,
                                        EXPECTED[0],
                                        new ExpectedSection("late", 0, 1),
                                        EXPECTED[1],
                                        EXPECTED[2])))
                .contains("full 5 late v1: bb DESCRIBED");
    }

    @Test
    void overviewRefusesAPartThatNobodyStarted() {
        StreamBytes stream =
                stream()
                        .part(3)
                        .hex("00")
                        .full(0, "timer", 0, 2)
                        .hex("0102030405060708")
                        .endOfStream()
                        .description("{}");

        assertThatThrownBy(() -> Reading.all(overview(stream, EXPECTED[1])))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("a piece of section 3, which was not started");
    }
}
