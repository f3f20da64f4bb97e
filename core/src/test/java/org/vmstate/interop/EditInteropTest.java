// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Qemu;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// States of a real pseries machine, edited without a declaration: QEMU loads them, and saves the
/// same state with the same description.
final class EditInteropTest {
    private static final String EVENTS = "/spapr_pending_events.pending_events";

    @TempDir Path folder;

    /// Edits a machine.
    private interface Change {
        void apply(MachineEdit edit) throws IOException;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private static void edit(Path from, Path to, Change change) throws IOException {
        try (WireReader in = WireReader.open(from, ReadLimits.DEFAULT);
                WireReader again = WireReader.open(from, ReadLimits.DEFAULT);
                OutputFile out = OutputFile.create(to)) {
            MachineEdit edit = new MachineEdit(SavedMachine.read(MachineReader.of(in)));
            change.apply(edit);
            WireWriter bytes = WireWriter.to(out.channel());
            MachineReader reader = MachineReader.of(again);
            new StreamWriter(bytes).write(edit, reader::next);
            bytes.flush();
            out.commit();
        }
    }

    /// Loads a file with QEMU and saves it to another one.
    private static void reload(Path from, Path to) throws IOException {
        try (Qemu qemu = PseriesEvents.load(from)) {
            assertThat(qemu.status()).isEqualTo("running");
            qemu.save(to);
        }
    }

    /// The device's entry in a stream's description, and its values.
    private record State(String entry, String values) {}

    private static State state(Path file, String device) throws IOException {
        try (WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            SavedMachine machine = SavedMachine.read(MachineReader.of(in));
            assertThat(machine.failure()).isEmpty();
            VmDescription description = machine.description().orElseThrow();
            for (Device d : machine.devices()) {
                if (d.identity().idString().equals(device) && d.whole().isPresent()) {
                    SectionEditor editor = new MachineEdit(machine).section(d);
                    assertThat(editor.section().findings()).isEmpty();
                    JsonStyle style = description.style();
                    String entry = new String(style.print(editor.entry()), UTF_8);
                    return new State(entry, events(editor).toString());
                }
            }
            return new State("", "");
        }
    }

    private static List<String> events(SectionEditor spapr) {
        List<String> events = new ArrayList<>();
        StatePath.find(spapr.section().root(), EVENTS)
                .ifPresent(queue -> queue.children().forEach(event -> events.add(hex(event))));
        return events;
    }

    private static String hex(StateNode node) {
        return HexFormat.of().formatHex(node.bytes().toArray(JAVA_BYTE));
    }

    private void assertTakenOver(Change change, int events) throws IOException {
        PseriesEvents.save(file("saved"), 3);
        edit(file("saved"), file("edited"), change);
        reload(file("edited"), file("again"));

        State edited = state(file("edited"), "spapr");
        assertThat(state(file("again"), "spapr")).isEqualTo(edited);
        assertThat(edited).isNotEqualTo(state(file("saved"), "spapr"));
        assertThat(edited.values().split(", ", -1)).hasSize(events);
    }

    @Test
    void droppedEventIsGone() throws Exception {
        assertTakenOver(edit -> edit.section("spapr", 0).remove(EVENTS + "[1]"), 2);
    }

    @Test
    void changedAndCopiedEventsAreThere() throws Exception {
        assertTakenOver(
                edit -> {
                    SectionEditor spapr = edit.section("spapr", 0);
                    spapr.insert(EVENTS, 3, spapr.copy(EVENTS + "[0]"))
                            .set(EVENTS + "[3].summary", 0x0634_0041)
                            .set(
                                    EVENTS + "[0].extended_log",
                                    new byte[40],
                                    EVENTS + "[0].extended_length")
                            .remove(EVENTS + "[1]");
                },
                3);
    }

    @Test
    void droppedSubsectionIsGone() throws Exception {
        assertTakenOver(edit -> edit.section("spapr", 0).remove("/spapr_pending_events"), 1);
        assertThat(state(file("again"), "spapr").entry()).doesNotContain("pending_events");
    }

    @Test
    void subsectionOfAnotherStreamIsTakenOver() throws Exception {
        PseriesEvents.save(file("other"), 2);
        PseriesEvents.save(file("empty"), 0);
        SavedMachine other =
                SavedMachine.read(
                        MachineReader.of(WireReader.open(file("other"), ReadLimits.DEFAULT)));
        SectionEditor from = new MachineEdit(other).section("spapr", 0);
        edit(
                file("empty"),
                file("edited"),
                edit -> edit.section("spapr", 0).insert("", 1, from.copy("/spapr_pending_events")));
        reload(file("edited"), file("again"));

        assertThat(state(file("again"), "spapr")).isEqualTo(state(file("edited"), "spapr"));
        assertThat(state(file("again"), "spapr")).isEqualTo(state(file("other"), "spapr"));
    }

    @Test
    void droppedDeviceKeepsItsResetState() throws Exception {
        PseriesEvents.save(file("saved"), 0);
        edit(file("saved"), file("edited"), edit -> edit.drop("spapr/rtc", 0));
        reload(file("edited"), file("again"));

        assertThat(state(file("edited"), "spapr/rtc").entry()).isEmpty();
        assertThat(state(file("again"), "spapr/rtc").entry())
                .isEqualTo(state(file("saved"), "spapr/rtc").entry());
    }

    @Test
    void sectionOfAnotherStreamIsTakenOver() throws Exception {
        PseriesEvents.save(file("saved"), 2);
        PseriesEvents.save(file("other"), 0);
        SavedMachine other =
                SavedMachine.read(
                        MachineReader.of(WireReader.open(file("other"), ReadLimits.DEFAULT)));
        edit(
                file("saved"),
                file("edited"),
                edit -> {
                    Device spapr = device(edit.machine(), "spapr");
                    edit.drop(spapr).insertAfter(spapr, other, device(other, "spapr"));
                });
        reload(file("edited"), file("again"));

        assertThat(state(file("again"), "spapr")).isEqualTo(state(file("other"), "spapr"));
    }

    private static Device device(SavedMachine machine, String name) {
        return machine.devices().stream()
                .filter(device -> device.identity().idString().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
