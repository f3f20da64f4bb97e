// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.testing.Source;

/// Tests reading and writing many values at once: a reader's window, a writer's buffer, numbers in
/// arrays.
final class WindowAccessTest {
    @ParameterizedTest
    @EnumSource
    void locatedBytesStayUntilTheyAreConsumed(Source source) throws IOException {
        try (WireReader reader = source.open(new byte[] {1, 2, 3, 4, 5})) {
            assertThat(reader.locate(6)).isFalse();
            assertThat(reader.locate(4)).isTrue();
            int at = reader.index();
            assertThat(BigEndian.int32(reader.window(), at)).isEqualTo(0x01020304);
            assertThat(reader.position()).isEqualTo(source.origin());
            assertThat(reader.buffered()).isGreaterThanOrEqualTo(4);
            reader.consume(4);
            assertThat(reader.u8()).isEqualTo(5);
            assertThatThrownBy(() -> reader.consume(1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void onlyCommittedBytesAreWritten() throws IOException {
        WireWriter writer = WireWriter.toMemory();
        int at = writer.reserve(1000);
        BigEndian.put(writer.buffer(), at, 0x0102);
        BigEndian.put(writer.buffer(), at + 4, -1L);
        writer.commit(4);
        assertThat(writer.toByteArray()).containsExactly(0, 0, 1, 2);
        assertThatThrownBy(() -> writer.commit(1 << 20))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void reservingMoreThanABufferOfAChannelHandsOnWhatWasWritten() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WireWriter writer = WireWriter.to(Channels.newChannel(out));
        writer.u8(7);
        int at = writer.reserve(1 << 17);
        writer.buffer()[at + (1 << 17) - 1] = 9;
        writer.commit(1 << 17);
        writer.flush();
        assertThat(out.toByteArray()).hasSize((1 << 17) + 1).startsWith(7).endsWith(9);
    }

    @Test
    void clearedWriterServesAgain() throws IOException {
        WireWriter writer = WireWriter.toMemory();
        writer.u32(1);
        writer.clear();
        writer.u8(2);
        assertThat(writer.toByteArray()).containsExactly(2);
    }

    @Test
    void numbersOfAllWidthsMoveInBulk() {
        byte[] bytes = new byte[40];
        BigEndian.put(bytes, 1, new short[] {0, 0x0102, -2}, 1, 2);
        BigEndian.put(bytes, 5, new int[] {0x01020304, -2}, 0, 2);
        BigEndian.put(bytes, 13, new long[] {5, -2}, 0, 2);
        short[] shorts = new short[2];
        int[] ints = new int[3];
        long[] longs = new long[2];
        BigEndian.get(bytes, 1, shorts, 0, 2);
        BigEndian.get(bytes, 5, ints, 1, 2);
        BigEndian.get(bytes, 13, longs, 0, 2);
        assertThat(shorts).containsExactly(0x0102, -2);
        assertThat(ints).containsExactly(0, 0x01020304, -2);
        assertThat(longs).containsExactly(5, -2);
    }
}
