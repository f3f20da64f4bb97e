// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.stream.Configuration.Subsection;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

class ConfigurationTest {
    private static final String UUID_TEXT = "00112233-4455-6677-8899-aabbccddeeff";

    private static Configuration read(StreamBytes stream) throws IOException {
        List<StreamElement> elements = Reading.all(Reading.reader(stream.endOfStream()));
        assertThat(Reading.written(elements)).isEqualTo(stream.toByteArray());
        return (Configuration) elements.get(1);
    }

    @Test
    void configurationNamesTheMachineAndWhatBothSidesMustShare() throws IOException {
        Configuration configuration =
                read(
                        stream()
                                .configuration("virt-7.2")
                                .subsection("configuration/target-page-bits", 1)
                                .u32(12)
                                .subsection("configuration/capabilities", 1)
                                .u32(2)
                                .str8("x-ignore-shared")
                                .str8("mapped-ram")
                                .subsection("configuration/uuid", 1)
                                .hex(UUID_TEXT.replace("-", "")));

        assertThat(configuration)
                .isEqualTo(
                        new Configuration(
                                "virt-7.2",
                                List.of(
                                        new Subsection.TargetPageBits(1, 12),
                                        new Subsection.Capabilities(
                                                1, List.of("x-ignore-shared", "mapped-ram")),
                                        new Subsection.MachineUuid(
                                                1, UUID.fromString(UUID_TEXT)))));
        assertThat(configuration.targetPageBits()).hasValue(12);
        assertThat(configuration.capabilities()).containsExactly("x-ignore-shared", "mapped-ram");
    }

    @Test
    void configurationMayHaveNoSubsections() throws IOException {
        Configuration configuration = read(stream().configuration("pc-i440fx-2.4"));

        assertThat(configuration).isEqualTo(new Configuration("pc-i440fx-2.4", List.of()));
        assertThat(configuration.targetPageBits()).isEmpty();
        assertThat(configuration.capabilities()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 10, 12, 13, 14, 15})
    void pageSizesOfAllTargetsAreRead(int bits) throws IOException {
        assertThat(
                        read(stream()
                                        .configuration("virt")
                                        .subsection("configuration/target-page-bits", 1)
                                        .u32(bits))
                                .targetPageBits())
                .hasValue(bits);
    }

    /// Malformed data after the header, and the expected error.
    record Wrong(
            UnaryOperator<StreamBytes> configuration,
            Class<? extends VMStateException> error,
            String message) {
        @Override
        public String toString() {
            return message;
        }
    }

    private static Wrong pageBits(long bits) {
        return new Wrong(
                s ->
                        s.configuration("pc")
                                .subsection("configuration/target-page-bits", 1)
                                .u32(bits),
                CorruptException.class,
                "configuration > configuration/target-page-bits: target pages of 2^" + bits);
    }

    static List<Wrong> wrongs() {
        return List.of(
                pageBits(0),
                pageBits(7),
                pageBits(16),
                pageBits(31),
                pageBits(0xffff_ffffL),
                new Wrong(
                        s -> s.u8(7).u32(0x10000).bytes(new byte[0x10000]),
                        CorruptException.class,
                        "configuration: a machine type of 65536 bytes"),
                new Wrong(
                        s -> s.u8(7).u32(-1),
                        LimitExceededException.class,
                        "configuration: machine type of 4294967295 bytes"),
                new Wrong(
                        s -> s.u8(7).u32(2).hex("c328"),
                        CorruptException.class,
                        "configuration: a string of 2 bytes is not UTF-8"),
                new Wrong(
                        s -> s.configuration("pc").subsection("configuration/other", 1),
                        UnsupportedException.class,
                        "configuration > configuration/other: unknown subsection (offset 0xf)"),
                new Wrong(
                        s ->
                                s.configuration("pc")
                                        .subsection("configuration/capabilities", 1)
                                        .u32(-1),
                        LimitExceededException.class,
                        "configuration/capabilities: capabilities of 4294967295 elements"),
                new Wrong(
                        s ->
                                s.configuration("pc")
                                        .subsection("configuration/capabilities", 1)
                                        .u32(0xffffff),
                        TruncatedException.class,
                        "configuration/capabilities: the input ends"),
                new Wrong(
                        s ->
                                s.configuration("pc")
                                        .subsection("configuration/capabilities", 1)
                                        .u32(1)
                                        .u8(2)
                                        .hex("ffff"),
                        CorruptException.class,
                        "configuration/capabilities: a string of 2 bytes is not UTF-8"));
    }

    @ParameterizedTest
    @MethodSource("wrongs")
    void wrongConfigurationIsRefused(Wrong wrong) {
        StreamBytes stream = wrong.configuration().apply(stream()).endOfStream();

        assertThat(
                        catchThrowableOfType(
                                VMStateException.class, () -> Reading.all(Reading.reader(stream))))
                .isInstanceOf(wrong.error())
                .hasMessageContaining(wrong.message());
    }
}
