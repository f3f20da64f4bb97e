// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.stream.Reading.lines;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The end of a stream, whatever bytes follow it, and the description that belongs to it.
class StreamEndTest {
    /// A description of the sections in a list: `{name length,name length}`.
    private static final Expectations OWN =
            description -> {
                if (description == null) {
                    return List.of();
                }
                String text =
                        new String(
                                description.json().memory().toArray(ValueLayout.JAVA_BYTE), UTF_8);
                return Stream.of(text.substring(1, text.length() - 1).split(",", -1))
                        .map(entry -> entry.split(" ", -1))
                        .map(e -> new ExpectedSection(e[0], 0, Long.parseLong(e[1])))
                        .toList();
            };

    private static final String FAKE = "7e00000001" + "0400000007046661636500000000000000017e";

    private static StreamReader reader(WireReader in) {
        return StreamReader.of(in, Reading.RAM, OWN);
    }

    private static StreamBytes devices() {
        return stream()
                .start(9, "ram", 0, 4)
                .hex("00")
                .footer(9)
                .end(9)
                .hex("00")
                .footer(9)
                .full(1, "one", 0, 1)
                .hex(FAKE)
                .footer(1)
                .full(2, "two", 0, 1)
                .hex("cc")
                .footer(2)
                .endOfStream();
    }

    private static StreamBytes described() {
        return devices().description("{one " + FAKE.length() / 2 + ",two 1}");
    }

    private static StreamBytes older() {
        return stream()
                .full(3, "older", 0, 1)
                .hex("aabbcc")
                .footer(3)
                .endOfStream()
                .description("{older 3}");
    }

    static Stream<Arguments> behind() {
        Map<String, byte[]> behind =
                Map.of(
                        "nothing",
                        new byte[0],
                        "a zero",
                        new byte[1],
                        "padding",
                        new byte[1000],
                        "an older stream",
                        older().toByteArray(),
                        "text",
                        "{one 1}".getBytes(UTF_8),
                        "noise",
                        new Random(1)
                                .ints(3000, 0, 256)
                                .collect(
                                        ByteArrayOutputStream::new,
                                        (o, i) -> o.write(i),
                                        (a, b) -> {})
                                .toByteArray());
        return behind.entrySet().stream()
                .flatMap(
                        e ->
                                Stream.of(Source.values())
                                        .map(s -> Arguments.of(s, e.getKey(), e.getValue())));
    }

    @ParameterizedTest
    @MethodSource("behind")
    void whatLiesBehindADescribedStreamChangesNothing(Source source, String what, byte[] behind)
            throws IOException {
        byte[] bytes =
                new StreamBytes().bytes(described().toByteArray()).bytes(behind).toByteArray();
        try (WireReader in = source.open(bytes)) {
            StreamReader reader = reader(in);

            assertThat(lines(reader))
                    .as(what)
                    .contains(
                            "full 1 one v1: " + FAKE + " DESCRIBED", "full 2 two v1: cc DESCRIBED")
                    .hasSize(11);
            assertThat(reader.end()).hasValue(source.origin() + described().size());
            assertThat(reader.bytesAfterEnd())
                    .isEqualTo(
                            in.remaining().isPresent()
                                    ? OptionalLong.of(behind.length)
                                    : OptionalLong.empty());
            assertThat(reader.endUncertain()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 500})
    void zerosBehindAnUndescribedStreamAreNoDescription(int zeros) throws IOException {
        StreamReader reader = reader(WireReader.of(simple().bytes(new byte[zeros]).toByteArray()));

        assertThat(lines(reader)).contains("full 2 two v1: cc FOUND_BY_FOOTER", "end of stream");
        assertThat(reader.bytesAfterEnd()).hasValue(zeros);
        assertThat(reader.endUncertain()).isFalse();
    }

    private static StreamBytes simple() {
        return stream().full(2, "two", 0, 1).hex("cc").footer(2).endOfStream();
    }

    @Test
    void endIsUncertainWhereSomethingElseThanADescriptionFollows() throws IOException {
        StreamReader reader = reader(WireReader.of(simple().text("something else").toByteArray()));

        assertThat(lines(reader)).contains("full 2 two v1: cc FOUND_BY_FOOTER", "end of stream");
        assertThat(reader.bytesAfterEnd()).hasValue(14);
        assertThat(reader.endUncertain()).isTrue();
    }

    @Test
    void sectionIdsNeedNotDiffer() throws IOException {
        StreamBytes stream =
                stream()
                        .start(2, "ram", 0, 4)
                        .hex("00")
                        .footer(2)
                        .full(2, "one", 0, 1)
                        .hex("aa")
                        .footer(2)
                        .part(2)
                        .hex("00")
                        .footer(2)
                        .full(2, "two", 0, 1)
                        .hex("bb")
                        .footer(2)
                        .endOfStream()
                        .description("{one 1,two 1}");

        assertThat(lines(reader(WireReader.of(stream.toByteArray()))))
                .contains(
                        "full 2 one v1: aa DESCRIBED",
                        "part 2 ram v4: 00 WALKED",
                        "full 2 two v1: bb DESCRIBED");
    }

    /// Each section with a handler is available before a byte of the next one is sent.
    @Test
    void handledSectionIsReadWithoutWaitingForMore() throws IOException {
        byte[] bytes =
                stream()
                        .configuration("pc")
                        .start(2, "ram", 0, 4)
                        .hex("00")
                        .footer(2)
                        .part(2)
                        .hex("020102")
                        .footer(2)
                        .end(2)
                        .hex("00")
                        .footer(2)
                        .endOfStream()
                        .toByteArray();
        Gate gate = new Gate(bytes);
        StreamReader reader = reader(WireReader.of(gate, ReadLimits.DEFAULT));
        // The configuration ends where no subsection begins, which requires reading one byte.
        long[] ends = {8, 16, 15 + 18, 38, 38 + 8, 51, 51 + 6, 62};
        for (long end : ends) {
            gate.open(end);
            assertThat(reader.next()).as("before %d", end).isNotNull();
        }
        gate.open(bytes.length);
        assertThat(reader.next()).isEqualTo(new EndOfStream());
    }

    /// A channel that fails if it is read beyond a limit.
    private static final class Gate implements ReadableByteChannel {
        private final byte[] bytes;
        private int next;
        private int open;

        Gate(byte[] bytes) {
            this.bytes = bytes;
        }

        void open(long to) {
            open = (int) to;
        }

        @Override
        public int read(ByteBuffer target) {
            if (next == open && open < bytes.length) {
                throw new AssertionError("waits at " + next);
            }
            if (next == bytes.length) {
                return -1;
            }
            int count = Math.min(target.remaining(), open - next);
            target.put(bytes, next, count);
            next += count;
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    @Test
    void bodyThatHoldsItsOwnFooterAndAHeaderIsFoundByTheDescriptionBehindIt() throws IOException {
        String fake = HexFormat.of().formatHex(HexFormat.of().parseHex(FAKE));
        for (Source source : Source.values()) {
            try (WireReader in = source.open(described().bytes(new byte[99]).toByteArray())) {
                assertThat(lines(reader(in))).contains("full 1 one v1: " + fake + " DESCRIBED");
            }
        }
    }

    /// A body that opens a section without an end does not require reading more than the stream.
    @Test
    void wayThatLeadsNowhereDoesNotReadBehindTheDescription() throws IOException {
        byte[] bytes =
                stream()
                        .full(1, "one", 0, 1)
                        .bytes(
                                new StreamBytes()
                                        .footer(1)
                                        .full(77, "zz", 0, 1)
                                        .hex("aabb")
                                        .toByteArray())
                        .footer(1)
                        .endOfStream()
                        .description("{one 23}")
                        .toByteArray();
        Gate gate = new Gate(Arrays.copyOf(bytes, bytes.length + 1));
        gate.open(bytes.length);

        StreamReader reader = reader(WireReader.of(gate, ReadLimits.DEFAULT));

        assertThat(lines(reader))
                .anyMatch(line -> line.startsWith("full 1 one") && line.endsWith("DESCRIBED"));
        assertThat(reader.end()).hasValue(bytes.length);
    }

    /// Each section of an iterative device ends a search; none begins before another one ended.
    @Test
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void fullSectionsBetweenPiecesAreSearchedOnce() throws IOException {
        StreamBytes stream = stream().start(9, "ram", 0, 4).hex("00").footer(9);
        int count = 20_000;
        for (int i = 0; i < count; i++) {
            stream.full(1, "s" + i, 0, 1).hex("7e000000017e00000001").footer(1);
            stream.part(9).hex("00").footer(9);
        }
        byte[] bytes = stream.endOfStream().text("a".repeat(1 << 20)).toByteArray();
        for (Source source : List.of(Source.ARRAY, Source.CHANNEL)) {
            try (WireReader in = source.open(bytes)) {
                assertThat(lines(reader(in))).hasSize(3 + 4 * count + 1);
            }
        }
    }
}
