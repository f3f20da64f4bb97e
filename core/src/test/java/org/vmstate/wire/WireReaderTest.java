// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.Source;
import org.vmstate.testing.TrickleChannel;

/// The behaviour of a reader, which is the same with every kind of source.
class WireReaderTest {
    private static final int WINDOW = 1 << 16;

    /// A value, how to read it, and its encoding.
    record Value(String name, String hex, Read read, Object expected) {
        byte[] bytes() {
            return HexFormat.of().parseHex(hex);
        }

        @Override
        public String toString() {
            return name + " " + hex;
        }
    }

    interface Read {
        Object from(WireReader in) throws IOException;
    }

    private static final List<Value> VALUES =
            List.of(
                    new Value("u8", "00", WireReader::u8, 0),
                    new Value("u8", "80", WireReader::u8, 0x80),
                    new Value("u8", "ff", WireReader::u8, 0xff),
                    new Value("u16", "0102", WireReader::u16, 0x0102),
                    new Value("u16", "fedc", WireReader::u16, 0xfedc),
                    new Value("u32", "01020304", WireReader::u32, 0x01020304L),
                    new Value("u32", "fedcba98", WireReader::u32, 0xfedcba98L),
                    new Value("u64", "0102030405060708", WireReader::u64, 0x0102030405060708L),
                    new Value("u64", "fedcba9876543210", WireReader::u64, 0xfedcba9876543210L),
                    new Value("int8", "80", WireReader::int8, (byte) -128),
                    new Value("int16", "8000", WireReader::int16, (short) -32768),
                    new Value("int32", "fffffffe", WireReader::int32, -2),
                    new Value("int64", "fffffffffffffffd", WireReader::int64, -3L),
                    new Value("str8", "00", WireReader::str8, ""),
                    new Value("str8", "0370632e", WireReader::str8, "pc."),
                    new Value("str8", "07c3a97072c3bc66", WireReader::str8, "éprüf"),
                    new Value("utf8", "e282ac", in -> in.utf8(3), "€"),
                    new Value("bytes", "0a0b0c0d0e", in -> hex(in.bytes(5)), "0a0b0c0d0e"),
                    new Value(
                            "skip",
                            "0a0b0c0d0e",
                            in -> {
                                in.skip(5);
                                return "passed over";
                            },
                            "passed over"),
                    new Value(
                            "bytes into",
                            "0a0b0c",
                            in -> {
                                byte[] target = new byte[5];
                                in.bytes(target, 1, 3);
                                return hex(target);
                            },
                            "000a0b0c00"));

    static Stream<Arguments> everyValueFromEverySource() {
        return Arrays.stream(Source.values())
                .flatMap(s -> VALUES.stream().map(v -> Arguments.of(s, v)));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("everyValueFromEverySource")
    void readingAValueConsumesIt(Source source, Value value) throws IOException {
        try (WireReader in = source.open(value.bytes())) {
            assertThat(in.position()).isEqualTo(source.origin());
            assertThat(value.read().from(in)).isEqualTo(value.expected());
            assertThat(in.position()).isEqualTo(source.origin() + value.bytes().length);
            assertThat(in.atEnd()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("everyValueFromEverySource")
    void valueAcrossTheEndOfTheWindowIsRead(Source source, Value value) throws IOException {
        for (int before = 0; before <= value.bytes().length; before++) {
            byte[] padding = random(WINDOW - before);
            try (WireReader in = source.open(concat(padding, value.bytes()))) {
                assertThat(in.u8()).isEqualTo(padding[0] & 0xff);
                in.skip(padding.length - 1);
                assertThat(value.read().from(in)).isEqualTo(value.expected());
                assertThat(in.atEnd()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("everyValueFromEverySource")
    void truncatedValueIsReportedAtItsOffsetAndNotConsumed(Source source, Value value)
            throws IOException {
        for (int padding : new int[] {0, 2, WINDOW - 1}) {
            for (int kept = 0; kept < value.bytes().length; kept++) {
                byte[] cut = concat(new byte[padding], Arrays.copyOf(value.bytes(), kept));
                try (WireReader in = source.open(cut)) {
                    in.skip(padding);
                    long start = source.origin() + padding;

                    assertThatThrownBy(() -> value.read().from(in))
                            .isInstanceOfSatisfying(
                                    TruncatedException.class,
                                    e -> assertThat(e.offset()).isEqualTo(start));
                    assertThat(in.position()).isEqualTo(start);
                    assertThat(hex(in.bytes(kept)))
                            .isEqualTo(hex(Arrays.copyOf(value.bytes(), kept)));
                    assertThat(in.atEnd()).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesThatAreNotUtf8AreCorrupt(Source source) throws IOException {
        for (String invalid : List.of("c328", "80", "c080", "eda080", "f5808080", "e282", "61ff")) {
            byte[] text = HexFormat.of().parseHex(invalid);
            byte[] counted = concat(new byte[] {9, (byte) text.length}, text);
            try (WireReader in = source.open(counted)) {
                in.skip(1);
                CorruptException e = catchThrowableOfType(CorruptException.class, in::str8);
                assertThat(e).as(invalid).hasMessageContaining("not UTF-8");
                assertThat(e.offset()).isEqualTo(source.origin() + 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void peekLooksAheadWithoutConsuming(Source source) throws IOException {
        byte[] bytes = random(3 * WINDOW);
        try (WireReader in = source.open(bytes)) {
            for (int at : new int[] {0, 1, WINDOW - 1, WINDOW, 2 * WINDOW - 7, 3 * WINDOW - 5}) {
                in.skip(source.origin() + at - in.position());
                for (int ahead : new int[] {0, 1, 7, WINDOW - 1, 0}) {
                    int expected =
                            at + ahead < bytes.length ? Byte.toUnsignedInt(bytes[at + ahead]) : -1;
                    assertThat(in.peek(ahead)).isEqualTo(expected);
                }
                assertThat(in.position()).isEqualTo(source.origin() + at);
            }
            assertThat(hex(in.bytes(5)))
                    .isEqualTo(hex(Arrays.copyOfRange(bytes, bytes.length - 5, bytes.length)));
            assertThat(in.peek(0)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void peekBeyondTheWindowIsAnIllegalArgument(Source source) throws IOException {
        try (WireReader in = source.open(new byte[2 * WINDOW])) {
            assertThatIllegalArgumentException().isThrownBy(() -> in.peek(WINDOW));
            assertThatIllegalArgumentException().isThrownBy(() -> in.peek(-1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesOfAnyLengthAreRead(Source source) throws IOException {
        for (int count : new int[] {0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 5 * WINDOW + 3}) {
            byte[] bytes = random(count + 2);
            try (WireReader in = source.open(bytes)) {
                in.skip(1);
                assertThat(in.bytes(count)).isEqualTo(Arrays.copyOfRange(bytes, 1, count + 1));
                assertThat(in.u8()).isEqualTo(Byte.toUnsignedInt(bytes[count + 1]));
                assertThat(in.atEnd()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void missingBytesAreReportedAtTheOffsetWhereTheValueBegins(Source source) throws IOException {
        for (int missing : new int[] {1, WINDOW, Integer.MAX_VALUE - 3 * WINDOW}) {
            try (WireReader in = source.open(new byte[2 * WINDOW + 7])) {
                in.skip(7);
                assertThatThrownBy(() -> in.bytes(2 * WINDOW + missing))
                        .isInstanceOfSatisfying(
                                TruncatedException.class,
                                e -> assertThat(e.offset()).isEqualTo(source.origin() + 7));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void skipFailsBeyondTheEnd(Source source) throws IOException {
        byte[] bytes = random(2 * WINDOW + 9);
        for (int count : new int[] {0, 5, WINDOW, 2 * WINDOW + 8}) {
            try (WireReader in = source.open(bytes)) {
                in.skip(count);
                assertThat(in.u8()).isEqualTo(Byte.toUnsignedInt(bytes[count]));
            }
        }
        for (long count : new long[] {2 * WINDOW + 9, 1L << 33, Long.MAX_VALUE}) {
            try (WireReader in = source.open(bytes)) {
                in.skip(1);
                assertThatThrownBy(() -> in.skip(count))
                        .isInstanceOfSatisfying(
                                TruncatedException.class,
                                e -> assertThat(e.offset()).isEqualTo(source.origin() + 1));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void negativeCountIsAnIllegalArgument(Source source) throws IOException {
        try (WireReader in = source.open(new byte[9])) {
            assertThatIllegalArgumentException().isThrownBy(() -> in.skip(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> in.bytes(-1));
            assertThat(in.position()).isEqualTo(source.origin());
        }
    }

    @ParameterizedTest
    @EnumSource
    void seekabilityAndRemainingBytesDependOnTheSource(Source source) throws IOException {
        try (WireReader in = source.open(new byte[10])) {
            in.skip(3);
            assertThat(in.seekable()).isEqualTo(source.seekable());
            assertThat(in.remaining().isPresent()).isEqualTo(source.seekable());
            in.remaining().ifPresent(left -> assertThat(left).isEqualTo(7));
            assertThat(in.atEnd()).isFalse();
        }
    }

    @ParameterizedTest
    @EnumSource
    void emptySourceIsAtItsEnd(Source source) throws IOException {
        try (WireReader in = source.open(new byte[0])) {
            assertThat(in.atEnd()).isTrue();
            assertThat(in.peek(0)).isEqualTo(-1);
            assertThat(in.bytes(0)).isEmpty();
            assertThatThrownBy(in::u8).isInstanceOf(TruncatedException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void requireRefusesLengthsThatTheSourceCannotHold(Source source) throws IOException {
        try (WireReader in = source.open(new byte[10])) {
            in.skip(2);
            in.require(8);
            for (long tooMany : new long[] {9, 1L << 40, Long.MAX_VALUE, -1}) {
                if (source.seekable()) {
                    assertThatThrownBy(() -> in.require(tooMany))
                            .isInstanceOf(TruncatedException.class);
                } else {
                    in.require(tooMany);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void seekReachesEveryOffsetOfTheSource(Source source) throws IOException {
        byte[] bytes = random(3 * WINDOW);
        try (WireReader in = source.open(bytes)) {
            if (!source.seekable()) {
                assertThatIllegalStateException().isThrownBy(() -> in.seek(source.origin()));
                return;
            }
            for (int at : new int[] {5, 2 * WINDOW, 0, WINDOW, WINDOW - 1, 3 * WINDOW - 1}) {
                in.seek(source.origin() + at);
                assertThat(in.position()).isEqualTo(source.origin() + at);
                assertThat(in.u8()).isEqualTo(Byte.toUnsignedInt(bytes[at]));
            }
            in.seek(source.origin() + bytes.length);
            assertThat(in.atEnd()).isTrue();
            for (long outside : new long[] {-1, bytes.length + 1, Long.MIN_VALUE / 2, 1L << 50}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> in.seek(source.origin() + outside));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void viewDoesNotChangeThePosition(Source source) throws IOException {
        byte[] bytes = random(2 * WINDOW);
        try (WireReader in = source.open(bytes)) {
            in.skip(17);
            if (!source.seekable()) {
                assertThatIllegalStateException().isThrownBy(() -> in.view(17, 1));
                return;
            }
            assertThat(in.view(source.origin() + WINDOW - 5, 10).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(Arrays.copyOfRange(bytes, WINDOW - 5, WINDOW + 5));
            assertThat(in.view(source.origin() + bytes.length, 0).byteSize()).isZero();
            assertThat(in.position()).isEqualTo(source.origin() + 17);
            for (long[] range :
                    new long[][] {{-1, 1}, {0, bytes.length + 1}, {bytes.length + 1, 0}, {3, -1}}) {
                assertThatThrownBy(() -> in.view(source.origin() + range[0], range[1]))
                        .isInstanceOf(TruncatedException.class);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void retainedReaderContinuesAtThePositionAndCanSeekBack(Source source) throws IOException {
        byte[] bytes = random(3 * WINDOW);
        try (WireReader in = source.open(bytes)) {
            in.skip(WINDOW - 3);
            long here = in.position();
            in.peek(10);
            WireReader kept = in.retained();

            assertThat(kept.position()).isEqualTo(here);
            assertThat(kept.seekable()).isTrue();
            assertThat(kept.bytes(WINDOW))
                    .isEqualTo(Arrays.copyOfRange(bytes, WINDOW - 3, 2 * WINDOW - 3));
            kept.skip(kept.remaining().orElseThrow());
            assertThat(kept.position()).isEqualTo(source.origin() + bytes.length);
            kept.seek(here);
            assertThat(kept.u8()).isEqualTo(Byte.toUnsignedInt(bytes[WINDOW - 3]));
        }
    }

    /// Reads values of all kinds and compares them with the JDK's big-endian buffer.
    @ParameterizedTest
    @EnumSource
    void anyMixtureOfReadsHasTheSameResultFromEverySource(Source source) throws IOException {
        byte[] bytes = random(20 * WINDOW);
        ByteBuffer model = ByteBuffer.wrap(bytes);
        Random random = new Random(1);
        try (WireReader in = source.open(bytes)) {
            while (model.remaining() > WINDOW) {
                switch (random.nextInt(8)) {
                    case 0 -> assertThat(in.int8()).isEqualTo(model.get());
                    case 1 -> assertThat(in.int16()).isEqualTo(model.getShort());
                    case 2 -> assertThat(in.int32()).isEqualTo(model.getInt());
                    case 3 -> assertThat(in.int64()).isEqualTo(model.getLong());
                    case 4 -> {
                        byte[] expected = new byte[random.nextInt(3000)];
                        model.get(expected);
                        assertThat(in.bytes(expected.length)).isEqualTo(expected);
                    }
                    case 5 -> {
                        int count = random.nextInt(2000);
                        model.position(model.position() + count);
                        in.skip(count);
                    }
                    case 6 -> {
                        int ahead = random.nextInt(WINDOW);
                        assertThat(in.peek(ahead))
                                .isEqualTo(Byte.toUnsignedInt(model.get(model.position() + ahead)));
                    }
                    default ->
                            assertThat(in.position()).isEqualTo(source.origin() + model.position());
                }
            }
        }
    }

    @Test
    void closingAReaderClosesItsChannel() throws IOException {
        TrickleChannel channel = new TrickleChannel("text".getBytes(UTF_8), 2);
        WireReader in = WireReader.of(channel, ReadLimits.DEFAULT);
        in.u8();

        in.retained().close();

        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void failureOfAPipeIsNotReportedAsMalformedStream() {
        WireReader in =
                WireReader.of(
                        new ReadableByteChannel() {
                            @Override
                            public int read(ByteBuffer target) throws IOException {
                                throw new IOException("disconnected");
                            }

                            @Override
                            public boolean isOpen() {
                                return true;
                            }

                            @Override
                            public void close() {}
                        },
                        ReadLimits.DEFAULT);

        assertThatThrownBy(in::u8)
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("disconnected");
    }
}
