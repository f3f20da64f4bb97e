// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
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

class WireWriterTest {
    /// A target of a writer; the result is the same with all of them.
    enum Sink {
        MEMORY,
        CHANNEL,
        CHANNEL_THAT_TAKES_FEW_BYTES
    }

    interface Writing {
        void to(WireWriter out) throws IOException;
    }

    record Value(String name, Writing writing, String hex) {
        @Override
        public String toString() {
            return name + " " + hex;
        }
    }

    private static final List<Value> VALUES =
            List.of(
                    new Value("u8", out -> out.u8(0x00), "00"),
                    new Value("u8", out -> out.u8(0xff), "ff"),
                    new Value("u16", out -> out.u16(0xfedc), "fedc"),
                    new Value("u32", out -> out.u32(0xfedcba98L), "fedcba98"),
                    new Value("u64", out -> out.u64(0xfedcba9876543210L), "fedcba9876543210"),
                    new Value("int8", out -> out.int8((byte) -128), "80"),
                    new Value("int16", out -> out.int16((short) -2), "fffe"),
                    new Value("int32", out -> out.int32(-3), "fffffffd"),
                    new Value("int64", out -> out.int64(-4), "fffffffffffffffc"),
                    new Value("str8", out -> out.str8(""), "00"),
                    new Value("str8", out -> out.str8("pc.é"), "0570632ec3a9"),
                    new Value("bytes", out -> out.bytes(new byte[] {1, 2, 3}), "010203"),
                    new Value("bytes of", out -> out.bytes(new byte[] {1, 2, 3}, 1, 2), "0203"),
                    new Value("zeros", out -> out.zeros(5), "0000000000"));

    static Stream<Arguments> everyValueToEverySink() {
        return Arrays.stream(Sink.values())
                .flatMap(s -> VALUES.stream().map(v -> Arguments.of(s, v)));
    }

    private static byte[] written(Sink sink, Writing writing) throws IOException {
        if (sink == Sink.MEMORY) {
            WireWriter out = WireWriter.toMemory();
            writing.to(out);
            out.flush();
            assertThat(out.toByteArray()).hasSize((int) out.position());
            return out.toByteArray();
        }
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        int step = sink == Sink.CHANNEL ? Integer.MAX_VALUE : 3;
        WireWriter out = WireWriter.to(taking(taken, step));
        writing.to(out);
        out.flush();
        assertThat(taken.size()).isEqualTo(out.position());
        return taken.toByteArray();
    }

    private static WritableByteChannel taking(ByteArrayOutputStream taken, int step) {
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) {
                int count = Math.min(step, bytes.remaining());
                for (int i = 0; i < count; i++) {
                    taken.write(bytes.get());
                }
                return count;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    @ParameterizedTest
    @MethodSource("everyValueToEverySink")
    void valueIsWrittenBigEndian(Sink sink, Value value) throws IOException {
        assertThat(HexFormat.of().formatHex(written(sink, value.writing()))).isEqualTo(value.hex());
    }

    /// 512 bytes are the initial size of a writer to memory, 64 KiB the buffer for a channel.
    @ParameterizedTest
    @MethodSource("everyValueToEverySink")
    void valueAtTheBorderOfTheBufferIsWrittenWhole(Sink sink, Value value) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(value.hex());
        for (int border : new int[] {512, 1024, 1 << 16}) {
            for (int before = 0; before <= 8; before++) {
                int padding = border - before;
                byte[] expected = new byte[padding + bytes.length];
                Arrays.fill(expected, 0, padding, (byte) 0x5a);
                System.arraycopy(bytes, 0, expected, padding, bytes.length);

                byte[] all =
                        written(
                                sink,
                                out -> {
                                    for (int i = 0; i < padding; i++) {
                                        out.u8(0x5a);
                                    }
                                    value.writing().to(out);
                                });

                assertThat(all).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesOfAnyLengthAreWritten(Sink sink) throws IOException {
        for (int size : new int[] {0, 511, 513, (1 << 16) - 1, 1 << 16, (1 << 18) + 5}) {
            byte[] bytes = new byte[size];
            new Random(size).nextBytes(bytes);
            byte[] all =
                    written(
                            sink,
                            out -> {
                                out.u8(1);
                                out.bytes(bytes);
                                out.u8(2);
                                out.bytes(MemorySegment.ofArray(bytes).asReadOnly());
                                out.zeros(size);
                                out.u8(3);
                            });
            ByteBuffer expected = ByteBuffer.allocate(3 * size + 3);
            expected.put((byte) 1).put(bytes).put((byte) 2).put(bytes);
            expected.put(new byte[size]).put((byte) 3);
            assertThat(all).isEqualTo(expected.array());
        }
    }

    static List<Writing> valuesOutOfRange() {
        return List.of(
                out -> out.u8(-1),
                out -> out.u8(0x100),
                out -> out.u16(-1),
                out -> out.u16(0x10000),
                out -> out.u32(-1),
                out -> out.u32(0x1_0000_0000L),
                out -> out.zeros(-1),
                out -> out.str8("x".repeat(256)),
                out -> out.str8("é".repeat(128)));
    }

    @ParameterizedTest
    @MethodSource("valuesOutOfRange")
    void valueOutOfRangeIsRefusedAndWritesNothing(Writing writing) {
        WireWriter out = WireWriter.toMemory();
        assertThatIllegalArgumentException().isThrownBy(() -> writing.to(out));
        assertThat(out.position()).isZero();
    }

    @Test
    void longestCountedStringHas255Bytes() throws IOException {
        WireWriter out = WireWriter.toMemory();
        out.str8("é".repeat(127) + "x");
        assertThat(out.toByteArray()).hasSize(256).startsWith(0xff);
    }

    @Test
    void textWithoutAnEncodingIsRefused() {
        WireWriter out = WireWriter.toMemory();
        assertThatIllegalArgumentException().isThrownBy(() -> out.str8("half a pair: \ud800"));
    }

    @Test
    void channelGetsNothingBeforeTheFlush() throws IOException {
        ByteArrayOutputStream taken = new ByteArrayOutputStream();
        WireWriter out = WireWriter.to(taking(taken, 1));
        out.u32(1);
        assertThat(taken.size()).isZero();
        out.flush();
        assertThat(taken.size()).isEqualTo(4);
        assertThat(out.position()).isEqualTo(4);
        assertThatIllegalStateException().isThrownBy(out::toByteArray);
    }
}
