// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.wire.VMStateException;

/// Files of the tools lz4 and lzop with all kinds of checksums: `lz4 -B4 -BX --content-size`, `lz4
/// -B4 -BD`, `lzop -CC`, `lzop -CC --crc32`.
class ChecksumsTest {
    private static byte[] numbers() {
        StringBuilder text = new StringBuilder("QEVM\0\0\0\3");
        for (int i = 0; i <= 18_000; i++) {
            text.append(i / 16).append(',');
        }
        return text.toString().getBytes(US_ASCII);
    }

    private static byte[] unpacked(Compression by, byte[] packed) throws IOException {
        try (InputStream in = Unpacking.of(by, new ByteArrayInputStream(packed), Map.of(), false)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "numbers-blocks.lz4, LZ4",
        "numbers-linked.lz4, LZ4",
        "numbers-adler.lzop, LZOP",
        "numbers-crc.lzop, LZOP"
    })
    void aChangedBitIsRefusedOrChangesNothing(String name, Compression by) throws IOException {
        byte[] packed;
        try (InputStream in = ChecksumsTest.class.getResourceAsStream(name)) {
            packed = Objects.requireNonNull(in).readAllBytes();
        }
        byte[] numbers = numbers();
        assertThat(unpacked(by, packed)).isEqualTo(numbers);
        int refused = 0;
        // The magic number of lzop has 9 bytes, that of LZ4 four.
        for (int i = by == Compression.LZOP ? 9 : 4; i < packed.length; i += i < 80 ? 1 : 13) {
            byte[] bad = packed.clone();
            bad[i] ^= (byte) (1 << i % 8);
            try {
                // Another distance may refer to the same bytes.
                assertThat(unpacked(by, bad)).as(name + ", byte " + i).isEqualTo(numbers);
            } catch (VMStateException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(packed.length / 16);
    }
}
