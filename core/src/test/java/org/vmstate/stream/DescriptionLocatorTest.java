// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Source;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

class DescriptionLocatorTest {
    private static StreamBytes before() {
        return StreamBytes.stream().start(1, "ram", 0, 4).hex("00").endOfStream();
    }

    private static String json(int length) {
        return "{" + "x".repeat(length - 2) + "}";
    }

    @ParameterizedTest
    @EnumSource
    void descriptionIsFoundFromTheEndOfWhateverCanSeek(Source source) throws IOException {
        if (!source.seekable()) {
            return;
        }
        byte[] stream = before().description("{\"devices\": []}\n").toByteArray();
        try (WireReader in = source.open(stream)) {
            Description found = DescriptionLocator.find(in).orElseThrow();

            assertThat(found.json().offset()).isEqualTo(source.origin() + before().size() + 5);
            assertThat(new String(found.json().memory().toArray(ValueLayout.JAVA_BYTE), UTF_8))
                    .isEqualTo("{\"devices\": []}\n");
            assertThat(in.position()).isEqualTo(source.origin());
        }
    }

    /// The last bytes of the length may resemble text themselves: 0x20, 0x2020, 0x0a0a0a.
    @ParameterizedTest
    @ValueSource(
            ints = {0x09, 0x0a, 0x1f, 0x20, 0x7b, 0xff, 0x100, 0x0a20, 0x2020, 0x7b1f, 0x0a0a0a})
    void lengthThatLooksLikeTextIsNotTakenForText(int length) throws IOException {
        byte[] stream = before().description(json(length)).toByteArray();

        Description found = DescriptionLocator.find(WireReader.of(stream)).orElseThrow();

        assertThat(found.json().length()).isEqualTo(length);
        assertThat(found.json().offset()).isEqualTo(before().size() + 5);
    }

    @ParameterizedTest
    @MethodSource("streamsWithoutOne")
    void nothingIsFoundWhereNothingIs(StreamBytes stream) throws IOException {
        assertThat(DescriptionLocator.find(WireReader.of(stream.toByteArray())))
                .isEqualTo(Optional.empty());
    }

    static StreamBytes[] streamsWithoutOne() {
        return new StreamBytes[] {
            new StreamBytes(),
            new StreamBytes().u8(0),
            new StreamBytes().text("{}"),
            new StreamBytes().text("just a text that somebody wrote"),
            new StreamBytes().description("{}"),
            before(),
            before().u8(6).u32(0),
            before().u8(6).u32(3).text("{}"),
            before().u8(6).u32(1).text("{}"),
            before().description("{}").u8(0),
            before().u8(5).u32(2).text("{}"),
            StreamBytes.stream().start(1, "ram", 0, 4).hex("01").description("{}"),
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {99, 100, 101, 1000})
    void descriptionBeyondTheLimitIsNotLookedFor(int length) throws IOException {
        ReadLimits limits = ReadLimits.builder().maxDescriptionBytes(100).build();
        byte[] stream = before().description(json(length)).toByteArray();

        assertThat(DescriptionLocator.find(WireReader.of(stream, 0, limits)).isPresent())
                .isEqualTo(length <= 100);
    }
}
