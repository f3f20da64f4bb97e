// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.StreamBytes;

/// Values that a destination compares with its own.
final class ValueCheckTest {
    private static SavedMachine device(String name, String fields, UnaryOperator<StreamBytes> body)
            throws IOException {
        return CheckInputs.read(
                body.apply(StreamBytes.stream().configuration("board-7.2").full(1, name, 0, 1))
                        .footer(1)
                        .endOfStream()
                        .description(
                                """
                                {"page_size": 4096, "devices": [{"name": "%s", "instance_id": 0,
                                 "vmsd_name": "%s", "version": 1, "fields": [%s]}]}"""
                                        .formatted(
                                                name,
                                                name.substring(name.lastIndexOf('/') + 1),
                                                fields)));
    }

    private static SavedMachine cpu(long... registers) throws IOException {
        return device(
                "cpu",
                """
                {"name": "cpreg_vmstate_array_len", "type": "int32", "size": 4},
                {"name": "cpreg_vmstate_indexes", "array_len": %d, "type": "uint64", "size": 8}"""
                        .formatted(registers.length),
                s -> {
                    s.u32(registers.length);
                    Arrays.stream(registers).forEach(s::u64);
                    return s;
                });
    }

    private static CheckResult check(SavedMachine source, SavedMachine reference) {
        return MigrationCheck.check(source, CheckInputs.knownBy(reference));
    }

    @Test
    void registerThatTheDestinationLacksIsRefused() throws IOException {
        CheckResult result = check(cpu(1, 3, 5, 9), cpu(1, 5, 9));
        assertThat(result.reasons(Reason.Effect.REFUSES))
                .extracting(Reason::kind, Reason::detail)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(
                                Reason.Kind.CPU_REGISTERS,
                                "the destination's CPU lacks the system register 0x3"));
    }

    @Test
    void registersBehindAllOfTheDestinationAreNotLookedAt() throws IOException {
        assertThat(check(cpu(1, 3, 12), cpu(1, 3)).verdict()).isEqualTo(Verdict.LOADS);
    }

    @Test
    void registerThatOnlyTheDestinationHasLoads() throws IOException {
        assertThat(check(cpu(1, 9), cpu(1, 5, 9)).verdict()).isEqualTo(Verdict.LOADS);
    }

    private static SavedMachine power(long pvr) throws IOException {
        return device(
                "cpu",
                "{\"name\": \"env.spr\", \"array_len\": 1024, \"type\": \"uint64\", \"size\": 8}",
                s -> {
                    for (int i = 0; i < 1024; i++) {
                        s.u64(i == 287 ? pvr : 0);
                    }
                    return s;
                });
    }

    @ParameterizedTest
    @CsvSource({
        "004e1200, 004e1200, 10.0, LOADS",
        "004e1200, 004e1202, 10.0, REFUSED",
        "004e1200, 00801200, 5.2, REFUSED",
        "004d0200, 004d0201, 10.0, LOADS",
        "004e1200, 004e1202, 5.2, UNDECIDED"
    })
    void processorVersionMustMatch(String mine, String theirs, String version, Verdict verdict)
            throws IOException {
        Destination destination =
                Destination.builder()
                        .reference(power(Long.parseLong(theirs, 16)))
                        .version(QemuVersion.parse(version))
                        .build();
        assertThat(MigrationCheck.check(power(Long.parseLong(mine, 16)), destination).verdict())
                .isEqualTo(verdict);
    }

    private static SavedMachine number(String type, long value) throws IOException {
        return device(
                "dev",
                "{\"name\": \"n\", \"type\": \"%s\", \"size\": 4}".formatted(type),
                s -> s.u32(value));
    }

    @ParameterizedTest
    @CsvSource({
        "uint32 equal, 5, 5, LOADS",
        "uint32 equal, 5, 4, REFUSED",
        "int32 le, 2, 3, LOADS",
        "int32 le, 3, 2, REFUSED",
        "uint32, 5, 4, LOADS"
    })
    void comparedNumberMustFit(String type, long mine, long theirs, Verdict verdict)
            throws IOException {
        assertThat(check(number(type, mine), number(type, theirs)).verdict()).isEqualTo(verdict);
    }

    private static SavedMachine pci(int at, int value) throws IOException {
        return device(
                "0000:00:03.0/dev",
                "{\"name\": \"config\", \"type\": \"pci config\", \"size\": 256}",
                s -> {
                    byte[] config = new byte[256];
                    config[0] = (byte) 0xf4;
                    config[1] = 0x1a;
                    config[6] = 0x10;
                    config[0x34] = 0x40;
                    config[0x40] = 0x11;
                    config[at] = (byte) value;
                    return s.bytes(config);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0x1b, 0x1", // the vendor
        "0x34, 0x50, 0x34", // the first capability
        "0x40, 0x05, 0x40", // the kind of a capability
    })
    void readOnlyByteOfTheConfigurationMustBeTheSame(String at, String value, String index)
            throws IOException {
        CheckResult result = check(pci(2, 0), pci(Integer.decode(at), Integer.decode(value)));
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.reasons().getFirst().words().orElseThrow().newer())
                .contains("Bad config data: i=" + index + " ");
    }

    @Test
    void writableByteOfTheConfigurationMayDiffer() throws IOException {
        assertThat(check(pci(4, 7), pci(4, 0)).verdict()).isEqualTo(Verdict.LOADS);
    }
}
