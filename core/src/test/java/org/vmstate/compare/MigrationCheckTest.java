// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.StreamBytes;

final class MigrationCheckTest {
    private static Reason only(CheckResult result, Reason.Effect effect) {
        List<Reason> reasons = result.reasons(effect);
        assertThat(reasons).as(result.toString()).hasSize(1);
        return reasons.getFirst();
    }

    private static Reason refusal(CheckResult result) {
        return only(result, Reason.Effect.REFUSES);
    }

    @Test
    void streamLoadsWhereItWasWritten() throws IOException {
        SavedMachine stream = CheckInputs.stream();
        assertThat(MigrationCheck.check(stream, CheckInputs.knownBy(CheckInputs.DUMP)).reasons())
                .isEmpty();
        assertThat(MigrationCheck.check(stream, CheckInputs.knownBy(stream)).reasons()).isEmpty();
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "size": 1}],| "size": 1}, {"field": "x", "version_id": 0, "field_exists": false, "size": 1}],| a field was added | FIELDS | uart.x
                    "size": 1}],| "size": 2}],| a field was resized | FIELDS | uart.mode
                    , {"field": "mode", "version_id": 2, "field_exists": false, "size": 1}| | a field was removed | FIELDS | uart.mode
                    "field": "data", "version_id": 0, "field_exists": false, "size": 4| "field": "data", "version_id": 0, "field_exists": false, "size": 8| a buffer in a structure was resized | FIELDS | uart.line.data
                    "uart", "version_id": 2| "uart", "version_id": 1| the version is too new | VERSION_TOO_NEW | uart
                    "uart", "version_id": 2, "minimum_version_id": 1| "uart", "version_id": 4, "minimum_version_id": 3| the version is too old | VERSION_TOO_OLD | uart
                    "uart/fifo"| "uart/other"| a sent subsection is unknown | SUBSECTION | uart/fifo
                    "uart/fifo", "version_id": 1, "minimum_version_id": 1| "uart/fifo", "version_id": 3, "minimum_version_id": 2| a subsection is too old | VERSION_TOO_OLD | uart/fifo
                    "board-7.2"| "other-7.2"| another machine type | MACHINE_TYPE | board-7.2
                    """)
    void changedDumpRefuses(String from, String to, String name, Reason.Kind kind, String subject)
            throws IOException {
        String dump = CheckInputs.DUMP.replaceAll("\\s+", " ");
        String old = from.replaceAll("\\s+", " ");
        assertThat(dump).contains(old);
        String changed = dump.replace(old, to == null ? "" : to);
        Reason reason =
                refusal(MigrationCheck.check(CheckInputs.stream(), CheckInputs.knownBy(changed)));
        assertThat(reason.kind()).isEqualTo(kind);
        assertThat(reason.subject()).isEqualTo(subject);
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "size": 1}],| "size": 1}, {"field": "x", "version_id": 0, "field_exists": true, "size": 1}],| an added field depends on the state
                    "size": 1}],| "size": 1}, {"field": "x", "version_id": 3, "field_exists": false, "size": 1}],| an added field has a newer version
                    "field": "rate"| "field": "baud"| a field was renamed
                    "size": 16| "size": 24| a structure takes more memory
                    "name": "line", "version_id": 1, "minimum_version_id": 1| "name": "line", "version_id": 5, "minimum_version_id": 4| a structure has another version, which is not on the wire
                    "board-7.2"| "board-7.2-long"| the local machine type only begins with the received one
                    """)
    void harmlessChangeLoads(String from, String to, String name) throws IOException {
        String dump = CheckInputs.DUMP.replaceAll("\\s+", " ");
        assertThat(dump).contains(from);
        CheckResult result =
                MigrationCheck.check(
                        CheckInputs.stream(), CheckInputs.knownBy(dump.replace(from, to)));
        assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
    }

    @Test
    void fieldsOfTheSameTotalSizeLoad() throws IOException {
        String divided =
                CheckInputs.DUMP.replace(
                        "{\"field\": \"rate\", \"version_id\": 0, \"field_exists\": false, \"size\":"
                                + " 4}",
                        """
                        {"field": "low", "version_id": 0, "field_exists": false, "size": 2},
                        {"field": "high", "version_id": 0, "field_exists": false, "size": 2}""");
        assertThat(divided).isNotEqualTo(CheckInputs.DUMP);
        CheckResult result =
                MigrationCheck.check(CheckInputs.stream(), CheckInputs.knownBy(divided));
        assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
    }

    @Test
    void exchangedFieldsAreUndecidedSinceTheBodyKeepsItsSize() throws IOException {
        String description =
                CheckInputs.DESCRIPTION
                        .replace("\"name\": \"rate\", \"type\": \"uint32\", \"size\": 4", "RATE")
                        .replace(
                                "\"name\": \"mode\", \"type\": \"uint8\", \"size\": 1",
                                "\"name\": \"rate\", \"type\": \"uint32\", \"size\": 4")
                        .replace("RATE", "\"name\": \"mode\", \"type\": \"uint8\", \"size\": 1");
        SavedMachine source = CheckInputs.read(CheckInputs.bytes("board-7.2", s -> s, description));
        CheckResult result =
                MigrationCheck.check(source, CheckInputs.knownBy(CheckInputs.stream()));
        assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.UNDECIDED);
    }

    @Test
    void referenceWithoutTheDeviceRefuses() throws IOException {
        SavedMachine other =
                CheckInputs.read(
                        StreamBytes.stream()
                                .configuration("board-7.2")
                                .full(1, "timer", 0, 1)
                                .u8(1)
                                .footer(1)
                                .endOfStream());
        Reason reason =
                refusal(MigrationCheck.check(CheckInputs.stream(), CheckInputs.knownBy(other)));
        assertThat(reason.kind()).isEqualTo(Reason.Kind.SECTION);
        assertThat(reason.words().orElseThrow().older())
                .startsWith("Unknown savevm section or instance 'uart' 0.");
        assertThat(reason.words().orElseThrow().newer())
                .startsWith("Unknown section or instance 'uart' 0.");
    }

    @Test
    void referenceFindsTheResizedFieldWithoutADump() throws IOException {
        SavedMachine reference =
                CheckInputs.read(
                        StreamBytes.stream()
                                .configuration("board-7.2")
                                .full(7, "uart", 0, 2)
                                .u32(1)
                                .text("abcdefgh")
                                .u8(3)
                                .footer(7)
                                .endOfStream()
                                .description(
                                        CheckInputs.DESCRIPTION
                                                .replace(
                                                        "\"buffer\", \"size\": 4",
                                                        "\"buffer\", \"size\": 8")
                                                .replace(
                                                        "\"struct\", \"size\": 4",
                                                        "\"struct\", \"size\": 8")
                                                .replaceFirst(
                                                        "(?s),\\s*\"subsections\".*", "}]}")));
        CheckResult result =
                MigrationCheck.check(CheckInputs.stream(), CheckInputs.knownBy(reference));
        Reason reason = refusal(result);
        assertThat(reason.subject()).isEqualTo("uart.line.data");
        assertThat(reason.detail()).isEqualTo("4 bytes, in the destination 8 bytes");
        assertThat(reason.offset()).hasValue(8 + 14 + 18 + 4);
    }

    @ParameterizedTest
    @CsvSource({"7.2, REFUSED", "10.0, LOADS", "11.1, LOADS"})
    void commandIsUnknownToAnOlderQemu(String version, Verdict verdict) throws IOException {
        SavedMachine source =
                CheckInputs.read(
                        CheckInputs.bytes(
                                "board-7.2", s -> s.command(11), CheckInputs.DESCRIPTION));
        CheckResult result =
                MigrationCheck.check(
                        source, Destination.builder().version(QemuVersion.parse(version)).build());
        assertThat(result.verdict()).isEqualTo(verdict);
        if (verdict == Verdict.REFUSED) {
            assertThat(refusal(result).words().orElseThrow().newer())
                    .isEqualTo("MIG_CMD 0xb unknown (len 0x0)");
        }
    }

    @Test
    void unknownRamBlockAndAnotherLengthRefuse() throws IOException {
        SavedMachine source = withBlocks("ram", 8192, "/rom@etc/acpi/tables", 4096, "pc.rom", 4096);
        SavedMachine local = withBlocks("ram", 4096, "/rom@etc/acpi/tables", 8192, "vga", 4096);
        CheckResult result = MigrationCheck.check(source, CheckInputs.knownBy(local));
        assertThat(result.reasons(Reason.Effect.REFUSES))
                .extracting(Reason::kind, Reason::subject)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(Reason.Kind.RAM_LENGTH, "ram"),
                        org.assertj.core.groups.Tuple.tuple(Reason.Kind.RAM_BLOCK, "pc.rom"));
    }

    private static SavedMachine withBlocks(
            String a, long aLength, String b, long bLength, String c, long cLength)
            throws IOException {
        UnaryOperator<StreamBytes> ram =
                s ->
                        s.start(1, "ram", 0, 4)
                                .u64(aLength + bLength + cLength | 4)
                                .str8(a)
                                .u64(aLength)
                                .str8(b)
                                .u64(bLength)
                                .str8(c)
                                .u64(cLength)
                                .u64(0x10)
                                .footer(1);
        return CheckInputs.read(CheckInputs.bytes("board-7.2", ram, CheckInputs.DESCRIPTION));
    }

    @Test
    void missingConfigurationIsAConditionOrRefused() throws IOException {
        SavedMachine source =
                CheckInputs.read(
                        StreamBytes.stream()
                                .full(7, "uart", 0, 2)
                                .u32(115200)
                                .text("abcd")
                                .u8(3)
                                .subsection("uart/fifo", 1)
                                .u16(9)
                                .footer(7)
                                .endOfStream()
                                .description(CheckInputs.DESCRIPTION));
        CheckResult known = MigrationCheck.check(source, CheckInputs.knownBy(CheckInputs.DUMP));
        assertThat(only(known, Reason.Effect.CONDITION).kind())
                .isEqualTo(Reason.Kind.CONFIGURATION);
        CheckResult refused =
                MigrationCheck.check(source, CheckInputs.knownBy(CheckInputs.stream()));
        assertThat(refusal(refused).kind()).isEqualTo(Reason.Kind.CONFIGURATION);
    }

    @Test
    void brokenStreamIsRefused() throws IOException {
        byte[] bytes =
                CheckInputs.bytes("board-7.2", s -> s, CheckInputs.DESCRIPTION).toByteArray();
        SavedMachine cut =
                SavedMachine.read(
                        org.vmstate.inspect.MachineReader.of(
                                org.vmstate.wire.WireReader.of(
                                        java.util.Arrays.copyOf(bytes, 60))));
        CheckResult result = MigrationCheck.check(cut, CheckInputs.knownBy(CheckInputs.DUMP));
        assertThat(result.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(result.reasons()).anyMatch(r -> r.kind() == Reason.Kind.MALFORMED);
    }
}
