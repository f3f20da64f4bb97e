// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.testing.StreamBytes.stream;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.SectionEditor;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class MachineDiffTest {
    private static final String EVENTS = "/spapr_pending_events.pending_events";

    static SavedMachine machine(byte[] stream) throws Exception {
        return SavedMachine.read(MachineReader.of(WireReader.of(stream)));
    }

    static byte[] changed(MachineEdit edit, byte[] stream) throws Exception {
        WireWriter out = WireWriter.toMemory();
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        new StreamWriter(out).write(edit, reader::next);
        return out.toByteArray();
    }

    static List<String> lines(MachineDiff diff) {
        return diff.differences().stream().map(MachineDiffTest::line).toList();
    }

    private static String line(Difference difference) {
        return switch (difference) {
            case Difference.DeviceOnly device -> sign(device.side()) + device.pathText();
            case Difference.PartOnly part -> sign(part.side()) + part.pathText();
            case Difference.ValueChange value -> "~" + value.pathText();
            case Difference.BytesChange bytes -> "~" + bytes.pathText() + " bytes";
            case Difference.PropertyChange property ->
                    "~"
                            + property.pathText()
                            + " "
                            + property.property()
                            + " "
                            + property.before().orElse("none")
                            + " "
                            + property.after().orElse("none");
        };
    }

    private static String sign(Side side) {
        return side == Side.BEFORE ? "-" : "+";
    }

    private static byte[] events() throws Exception {
        return Corpus.file("pseries-events-72.mig").bytes();
    }

    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(Corpus.Entry::beginsWithHeader).toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamHasNoDifferencesFromItself(Corpus.Entry entry) throws Exception {
        byte[] stream = entry.bytes();
        MachineDiff diff = MachineDiff.of(machine(stream), machine(stream), DiffRules.ALL);
        assertThat(diff.same()).isTrue();
        assertThat(diff.allowed()).isZero();
    }

    @Test
    void insertedEventIsOneInsertion() throws Exception {
        byte[] stream = events();
        for (int index = 0; index <= 5; index++) {
            MachineEdit edit = new MachineEdit(machine(stream));
            SectionEditor spapr = edit.section("spapr", 0);
            spapr.insert(EVENTS, index, spapr.copy(EVENTS + "[1]"))
                    .set(EVENTS + "[" + index + "].summary", 0x7777);
            MachineDiff diff =
                    MachineDiff.of(machine(stream), machine(changed(edit, stream)), DiffRules.ALL);
            assertThat(lines(diff)).containsExactly("+spapr" + EVENTS + "[" + index + "]");
        }
    }

    @Test
    void removedAndChangedEventsAreARemovalAndAChange() throws Exception {
        byte[] stream = events();
        MachineEdit edit = new MachineEdit(machine(stream));
        edit.section("spapr", 0).set(EVENTS + "[3].summary", 0x7777).remove(EVENTS + "[1]");
        MachineDiff diff =
                MachineDiff.of(machine(stream), machine(changed(edit, stream)), DiffRules.ALL);
        assertThat(lines(diff))
                .containsExactly("-spapr" + EVENTS + "[1]", "~spapr" + EVENTS + "[3].summary");
        Difference.ValueChange change = (Difference.ValueChange) diff.differences().get(1);
        assertThat(change.after().pathText()).isEqualTo("spapr" + EVENTS + "[2].summary");
    }

    @Test
    void subsectionsAndDevicesOnOneSideAreReported() throws Exception {
        byte[] stream = events();
        MachineEdit edit = new MachineEdit(machine(stream));
        edit.section("spapr", 0).remove("/spapr_pending_events");
        edit.drop("spapr/rtc", 0);
        SavedMachine before = machine(stream);
        SavedMachine after = machine(changed(edit, stream));
        assertThat(lines(MachineDiff.of(before, after, DiffRules.ALL)))
                .containsExactly("-spapr/rtc", "-spapr/spapr_pending_events");
        assertThat(lines(MachineDiff.of(after, before, DiffRules.ALL)))
                .containsExactly("+spapr/rtc", "+spapr/spapr_pending_events");
        DiffRules rules =
                DiffRules.ALL.and("subsection 'spapr/spapr_pending_events'\nignore spapr/rtc # x");
        MachineDiff diff = MachineDiff.of(before, after, rules);
        assertThat(diff.same()).isTrue();
        assertThat(diff.allowed()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ignore **.summary",
                "ignore spapr/spapr_pending_events",
                "ignore spapr",
                "range **.summary 0..0x100",
                "within spapr/spapr_pending_events.pending_events[*].summary 1"
            })
    void rulesAllowAChangedValue(String rule) throws Exception {
        byte[] stream = events();
        SavedMachine before = machine(stream);
        MachineEdit edit = new MachineEdit(before);
        SectionEditor spapr = edit.section("spapr", 0);
        spapr.set(EVENTS + "[0].summary", 99).set(EVENTS + "[1].summary", 99);
        byte[] first = changed(edit, stream);
        spapr.set(EVENTS + "[0].summary", 100);
        MachineDiff diff =
                MachineDiff.of(
                        machine(first), machine(changed(edit, stream)), DiffRules.ALL.and(rule));
        assertThat(diff.same()).isTrue();
        assertThat(diff.allowed()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ignore **.log_type",
                "range **.summary 0..99",
                "within **.summary 0",
                "subsection **",
                "renamed spapr spapr#1"
            })
    void otherRulesDoNot(String rule) throws Exception {
        byte[] stream = events();
        MachineEdit edit = new MachineEdit(machine(stream));
        edit.section("spapr", 0).set(EVENTS + "[0].summary", 100);
        MachineDiff diff =
                MachineDiff.of(
                        machine(stream), machine(changed(edit, stream)), DiffRules.ALL.and(rule));
        assertThat(diff.same()).isFalse();
    }

    @Test
    void wrongRulesAreRefusedWithTheirLine() {
        for (String rule :
                List.of(
                        "ignored x",
                        "ignore",
                        "ignore a b",
                        "range x 1",
                        "range x 1..y",
                        "ignore 'x",
                        "range x 5..1",
                        "range x 0.." + "9".repeat(1_000_000),
                        "within x -1",
                        "bytes x 5..1",
                        "bytes x -1..1",
                        "memory a 0x5..0x1",
                        "z".repeat(1_000_000),
                        "memory a -1..9999999999999999999999")) {
            assertThatThrownBy(() -> DiffRules.DEFAULT.and("# first\n" + rule))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("line 2: ")
                    .extracting(e -> e.getMessage().length())
                    .satisfies(length -> assertThat(length).isLessThan(200));
        }
    }

    private static byte[] device(
            String name, int instance, int sectionId, String body, int version) {
        return stream()
                .full(sectionId, name, instance, version)
                .hex(body)
                .footer(sectionId)
                .endOfStream()
                .description(
                        ("{\"page_size\": 4096, \"devices\": [{\"name\": \"%s\","
                                        + " \"instance_id\": %d, \"vmsd_name\": \"x\", \"version\": 1,"
                                        + " \"fields\": [{\"name\": \"x\", \"type\": \"uint16\","
                                        + " \"size\": 2}, {\"name\": \"t\", \"type\": \"timer\","
                                        + " \"size\": 8}]}]}")
                                .formatted(name, instance))
                .toByteArray();
    }

    @Test
    void renamedDeviceIsComparedWithTheOther() throws Exception {
        SavedMachine before = machine(device("apic", 1, 3, "00010000000000000000", 1));
        SavedMachine after = machine(device("apic", 2, 3, "00020000000000000000", 1));
        assertThat(lines(MachineDiff.of(before, after, DiffRules.DEFAULT)))
                .containsExactly("-apic#1", "+apic#2");
        assertThat(
                        lines(
                                MachineDiff.of(
                                        before,
                                        after,
                                        DiffRules.DEFAULT.and("renamed apic#1 apic#2"))))
                .containsExactly("~apic#1.x");
    }

    @Test
    void timersAndSectionIdsAreReportedOnlyWithAll() throws Exception {
        SavedMachine before = machine(device("apic", 0, 3, "00010000000000000001", 1));
        SavedMachine after = machine(device("apic", 0, 4, "00010000000000000002", 1));
        MachineDiff diff = MachineDiff.of(before, after, DiffRules.DEFAULT);
        assertThat(diff.same()).isTrue();
        assertThat(diff.allowed()).isEqualTo(2);
        assertThat(lines(MachineDiff.of(before, after, DiffRules.ALL)))
                .containsExactly("~apic sectionId 3 4", "~apic.t");
    }

    @Test
    void versionOfASectionIsReported() throws Exception {
        SavedMachine before = machine(device("apic", 0, 3, "00010000000000000001", 1));
        SavedMachine after = machine(device("apic", 0, 3, "00010000000000000001", 2));
        assertThat(lines(MachineDiff.of(before, after, DiffRules.DEFAULT)))
                .containsExactly("~apic version 1 2");
    }

    @Test
    void sectionWithoutADescriptionIsComparedByItsBytes() throws Exception {
        StreamBytes one = stream().full(3, "x", 0, 1).hex("01020304").footer(3).endOfStream();
        StreamBytes two = stream().full(3, "x", 0, 1).hex("01020404").footer(3).endOfStream();
        MachineDiff diff =
                MachineDiff.of(
                        machine(one.toByteArray()), machine(two.toByteArray()), DiffRules.DEFAULT);
        assertThat(lines(diff)).containsExactly("~x bytes");
        assertThat(((Difference.BytesChange) diff.differences().getFirst()).offset()).hasValue(2L);
    }
}
