// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.wire.VMStateException;

/// Dumps changed in one place each, as `vmstate-static-checker.py` would find it.
final class DescriptionCheckTest {
    private static final String DUMP = CheckInputs.DUMP.replaceAll("\\s+", " ");

    private static CheckResult check(String from, String to) throws VMStateException {
        assertThat(DUMP).contains(from);
        return MigrationCheck.check(
                CheckInputs.dump(DUMP), CheckInputs.dump(DUMP.replace(from, to)));
    }

    @Test
    void sameDumpLoads() throws VMStateException {
        assertThat(check("uart", "uart").reasons()).isEmpty();
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "size": 1}],| "size": 1}, {"field": "x", "version_id": 0, "field_exists": false, "size": 1}],| an added field | FIELDS | REFUSES
                    "uart", "version_id": 2| "uart", "version_id": 1| a lower version | VERSION_TOO_NEW | REFUSES
                    "uart", "version_id": 2, "minimum_version_id": 1| "uart", "version_id": 4, "minimum_version_id": 3| a raised minimum version | VERSION_TOO_OLD | REFUSES
                    "size": 1}],| "size": 2}],| a resized number | FIELDS | REFUSES
                    "uart/fifo"| "uart/other"| a missing subsection | SUBSECTION | MAY_REFUSE
                    "uart-device": {"Name": "uart-device"| "other-device": {"Name": "other-device"| a type of another name with the same description | | LOADS
                    "name": "uart"| "name": "uart2"| a description of another name | SECTION | REFUSES
                    "field": "rate"| "field": "baud"| a renamed field | FIELDS | NOTE
                    "size": 16| "size": 24| a structure of another size in memory | | LOADS
                    """)
    void changeIsFound(String from, String to, String name, Reason.Kind kind, String effect)
            throws VMStateException {
        CheckResult result = check(from, to);
        if (kind == null) {
            assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
        } else {
            assertThat(result.reasons())
                    .as(result.toString())
                    .anyMatch(r -> r.kind() == kind && r.effect() == Reason.Effect.valueOf(effect));
        }
    }

    @Test
    void missingListsAndDescriptionsAreFound() throws VMStateException {
        String none =
                "{\"vmschkmachine\": {\"Name\": \"board-7.2\"}, \"uart-device\": {\"Name\":"
                        + " \"uart-device\", \"version_id\": 2, \"minimum_version_id\": 1}}";
        CheckResult missing = MigrationCheck.check(CheckInputs.dump(DUMP), CheckInputs.dump(none));
        assertThat(missing.reasons())
                .extracting(Reason::kind)
                .containsExactly(Reason.Kind.DESCRIPTION);
        assertThat(missing.verdict()).isEqualTo(Verdict.REFUSED);
        String fieldless =
                DUMP.replaceFirst("\"Fields\": \\[ \\{\"field\": \"rate\".*?\\}\\],", "");
        assertThat(
                        MigrationCheck.check(CheckInputs.dump(DUMP), CheckInputs.dump(fieldless))
                                .verdict())
                .isEqualTo(Verdict.REFUSED);
        String typeless = "{\"vmschkmachine\": {\"Name\": \"board-7.2\"}}";
        CheckResult gone = MigrationCheck.check(CheckInputs.dump(DUMP), CheckInputs.dump(typeless));
        assertThat(gone.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(gone.reasons()).extracting(Reason::subject).isEqualTo(List.of("uart-device"));
    }

    private static final String FIELDS = "\"Fields\": [";

    /// A field of one byte, for the beginning of a list.
    private static String field(String name, int since, boolean tested) {
        return "{\"field\": \"%s\", \"version_id\": %d, \"field_exists\": %b, \"size\": 1}, "
                .formatted(name, since, tested);
    }

    @Test
    void fieldSinceAVersionAboveThatOfItsDescriptionIsNotSent() throws VMStateException {
        String more = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + field("x", 3, false));
        assertThat(more).isNotEqualTo(DUMP);
        assertThat(MigrationCheck.check(CheckInputs.dump(more), CheckInputs.dump(DUMP)).reasons())
                .isEmpty();
    }

    @Test
    void addedFieldWithATestIsANote() throws VMStateException {
        String more = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + field("x", 0, true));
        CheckResult added = MigrationCheck.check(CheckInputs.dump(DUMP), CheckInputs.dump(more));
        assertThat(added.verdict()).isEqualTo(Verdict.LOADS);
        assertThat(added.reasons())
                .extracting(Reason::subject)
                .containsExactly("uart-device: uart.x");
    }

    @Test
    void addedFieldOfTheSameVersionIsFound() throws VMStateException {
        String more = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + field("x", 2, false));
        CheckResult added = MigrationCheck.check(CheckInputs.dump(DUMP), CheckInputs.dump(more));
        assertThat(added.verdict()).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void fieldsInPlaceOfUnusedBytesAreANote() throws VMStateException {
        String before =
                DUMP.replaceFirst(
                        "\\Q" + FIELDS, FIELDS + field("x", 2, false) + field("y", 2, false));
        String after =
                DUMP.replaceFirst(
                        "\\Q" + FIELDS,
                        FIELDS + field("unused", 2, false).replace("size\": 1", "size\": 2"));
        CheckResult result =
                MigrationCheck.check(CheckInputs.dump(before), CheckInputs.dump(after));
        assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
    }

    /// QEMU keeps a field for older versions like this, with a test for their streams.
    @Test
    void fieldThatIsOnlyReadFromOlderVersionsIsTheSame() throws VMStateException {
        String before = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + field("x", 0, false));
        String after = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + field("mig_x", 0, true));
        CheckResult result =
                MigrationCheck.check(CheckInputs.dump(before), CheckInputs.dump(after));
        assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.LOADS);
    }

    @Test
    void missingTypeIsFoundThoughAnotherTypeHasItsDescription() throws VMStateException {
        String device = DUMP.substring(DUMP.indexOf("\"uart-device\""), DUMP.lastIndexOf('}'));
        String two =
                DUMP.replace(device, device + ", " + device.replace("uart-device", "uart-fast"));
        CheckResult result = MigrationCheck.check(CheckInputs.dump(two), CheckInputs.dump(DUMP));
        assertThat(result.verdict()).isEqualTo(Verdict.UNDECIDED);
        assertThat(result.reasons()).extracting(Reason::subject).containsExactly("uart-fast");
    }

    @Test
    void typeOfAnotherNameIsANote() throws VMStateException {
        CheckResult result =
                check(
                        "uart-device\": {\"Name\": \"uart-device",
                        "other-device\": {\"Name\": \"other-device");
        assertThat(result.reasons())
                .extracting(Reason::toString)
                .containsExactly(
                        "note: missing description, uart-device: the destination calls this type"
                                + " other-device");
    }

    @Test
    void fieldsOfADescriptionOfAnotherNameAreNotCompared() throws VMStateException {
        String other = DUMP.replace("\"name\": \"uart\"", "\"name\": \"uart2\"");
        CheckResult result =
                MigrationCheck.check(
                        CheckInputs.dump(DUMP),
                        CheckInputs.dump(
                                other.replaceFirst("\\Q" + FIELDS, FIELDS + field("x", 0, false))));
        assertThat(result.reasons()).extracting(Reason::kind).containsExactly(Reason.Kind.SECTION);
    }

    @Test
    void longListsTakeNoLongerThanTheyAreLong() throws VMStateException {
        StringBuilder fields = new StringBuilder();
        for (int i = 0; i < 60_000; i++) {
            fields.append(field("f" + i, 0, false));
        }
        String many = DUMP.replaceFirst("\\Q" + FIELDS, FIELDS + fields);
        MachineDescriptions before = CheckInputs.dump(many);
        MachineDescriptions after =
                CheckInputs.dump(many.replace("\"f", "\"g").replace("gield", "field"));
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    MigrationCheck.check(before, before);
                    MigrationCheck.check(before, after);
                });
    }

    @Test
    void dumpThatEndsEarlyIsReadAsFarAsItGoes() throws VMStateException {
        MachineDescriptions cut =
                CheckInputs.dump(
                        DUMP.substring(0, DUMP.length() - 1) + ", \"next\": {\"Name\": \"ne");
        assertThat(cut.complete()).isFalse();
        assertThat(cut.size()).isEqualTo(1);
        assertThat(cut.machineType()).isEqualTo("board-7.2");
    }
}
