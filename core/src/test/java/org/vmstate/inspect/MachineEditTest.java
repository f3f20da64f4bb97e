// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.testing.StreamBytes.stream;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.QueueNode;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StatePath;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class MachineEditTest {
    private static SavedMachine machine(byte[] stream) throws Exception {
        return SavedMachine.read(MachineReader.of(WireReader.of(stream)));
    }

    private static byte[] changed(MachineEdit edit, byte[] stream) throws Exception {
        WireWriter out = WireWriter.toMemory();
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        new StreamWriter(out).write(edit, reader::next);
        return out.toByteArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pseries-events-52", "v-plain-100", "pc-default-111", "v-bgsnap-100"})
    void streamComesOutTheSameUntilSomethingIsChanged(String name) throws Exception {
        byte[] stream = Corpus.file(name + ".mig").bytes();
        MachineEdit edit = new MachineEdit(machine(stream));
        for (Device device : machine(stream).devices()) {
            if (device.whole().isPresent()) {
                edit.section(device.identity().idString(), device.identity().instanceId());
            }
        }
        assertThat(changed(edit, stream)).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(strings = {"52", "72", "100", "111"})
    void eventsAreChangedInRealStreams(String version) throws Exception {
        byte[] stream = Corpus.file("pseries-events-" + version + ".mig").bytes();
        MachineEdit edit = new MachineEdit(machine(stream));
        SectionEditor spapr = edit.section("spapr", 0);
        String events = "/spapr_pending_events.pending_events";
        spapr.remove(events + "[4]").set(events + "[0].summary", 7);

        byte[] changed = changed(edit, stream);

        SavedMachine after = machine(changed);
        assertThat(after.failure()).isEmpty();
        DecodedSection decoded = decoded(after, "spapr");
        assertThat(decoded.findings()).isEmpty();
        QueueNode queue = (QueueNode) StatePath.find(decoded.root(), events).orElseThrow();
        assertThat(queue.elements()).hasSize(4);
        assertThat(spapr.section().root().contentEquals(decoded.root())).isTrue();
        assertThat(changed(edit, stream)).as("used again").isEqualTo(changed);
    }

    private static DecodedSection decoded(SavedMachine machine, String name) {
        return machine.devices().stream()
                .filter(d -> d.identity().idString().equals(name))
                .flatMap(d -> d.whole().flatMap(machine::decode).stream())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void droppedDeviceTakesItsFooterAndItsDescriptionWithIt() throws Exception {
        byte[] stream = Corpus.file("pseries-events-72.mig").bytes();
        SavedMachine before = machine(stream);
        MachineEdit edit = new MachineEdit(before);
        edit.drop("spapr/rtc", 0).drop("spapr/htab", 0);

        SavedMachine after = machine(changed(edit, stream));

        assertThat(after.failure()).isEmpty();
        assertThat(names(after))
                .isEqualTo(
                        names(before).stream()
                                .filter(n -> !n.equals("spapr/rtc") && !n.equals("spapr/htab"))
                                .toList());
        assertThat(after.description().orElseThrow().devices())
                .hasSize(before.description().orElseThrow().devices().size() - 1)
                .noneMatch(d -> d.name().equals("spapr/rtc"));
        assertThat(after.devices().stream().filter(d -> d.whole().isPresent()))
                .allMatch(d -> d.whole().orElseThrow().description().isPresent());
    }

    private static List<String> names(SavedMachine machine) {
        return machine.devices().stream().map(d -> d.identity().label()).toList();
    }

    private static final String ONE =
            "{\"name\": \"one\", \"instance_id\": 0, \"vmsd_name\": \"one\", \"version\": 1,"
                    + " \"fields\": [{\"name\": \"x\", \"type\": \"uint16\", \"size\": 2}]}";

    private static StreamBytes twins(String first, String second) {
        return stream()
                .packaged(p -> p.full(7, "one", 0, 1).hex(first).footer(7).command(5))
                .full(8, "one", 0, 1)
                .hex(second)
                .footer(8)
                .endOfStream()
                .description("{\"page_size\": 4096, \"devices\": [" + ONE + ", " + ONE + "]}");
    }

    @Test
    void devicesOfOneNameAreToldApartByTheirOrder() throws Exception {
        byte[] stream = twins("0001", "0002").toByteArray();
        SavedMachine machine = machine(stream);
        MachineEdit edit = new MachineEdit(machine);
        edit.section(machine.devices().get(1)).set(".x", 0x55);
        assertThat(changed(edit, stream)).isEqualTo(twins("0001", "0055").toByteArray());

        edit.section("one", 0).set(".x", 0x44);
        assertThat(changed(edit, stream)).isEqualTo(twins("0044", "0055").toByteArray());

        edit.drop(machine.devices().get(1));
        byte[] dropped =
                stream()
                        .packaged(p -> p.full(7, "one", 0, 1).hex("0044").footer(7).command(5))
                        .endOfStream()
                        .description("{\"page_size\": 4096, \"devices\": [" + ONE + "]}")
                        .toByteArray();
        assertThat(changed(edit, stream)).isEqualTo(dropped);
    }

    @Test
    void renamedDeviceHasItsNameInTheHeaderAndInTheDescription() throws Exception {
        byte[] stream = twins("0001", "0002").toByteArray();
        SavedMachine machine = machine(stream);
        MachineEdit edit = new MachineEdit(machine);
        edit.rename(machine.devices().get(1), "two", 3);
        byte[] renamed =
                stream()
                        .packaged(p -> p.full(7, "one", 0, 1).hex("0001").footer(7).command(5))
                        .full(8, "two", 3, 1)
                        .hex("0002")
                        .footer(8)
                        .endOfStream()
                        .description(
                                "{\"page_size\": 4096, \"devices\": ["
                                        + ONE
                                        + ", "
                                        + ONE.replace("\"name\": \"one\"", "\"name\": \"two\"")
                                                .replace("\"instance_id\": 0", "\"instance_id\": 3")
                                        + "]}")
                        .toByteArray();
        assertThat(changed(edit, stream)).isEqualTo(renamed);
        assertThatThrownBy(() -> edit.rename(machine.devices().getFirst(), "two", 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("already");
        assertThatThrownBy(() -> edit.rename(machine.devices().getFirst(), "x".repeat(256), 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void versionChangesInTheHeaderAndInTheDescription() throws Exception {
        byte[] stream = twins("0001", "0002").toByteArray();
        SavedMachine machine = machine(stream);
        MachineEdit edit = new MachineEdit(machine);
        edit.version(machine.devices().get(1), 9);
        SavedMachine after = machine(changed(edit, stream));
        assertThat(after.devices().get(1).identity().versionId()).isEqualTo(9);
        assertThat(after.decode(after.devices().get(1).whole().orElseThrow()).orElseThrow().root())
                .matches(root -> root.version() == 9);
        assertThat(after.devices().getFirst().identity().versionId()).isEqualTo(1);
    }

    @Test
    void droppedCommandsAreLeftOutInPackagesToo() throws Exception {
        byte[] stream = twins("0001", "0002").toByteArray();
        MachineEdit edit = new MachineEdit(machine(stream));
        edit.dropCommands(label(stream));
        SavedMachine after = machine(changed(edit, stream));
        assertThat(after.failure()).isEmpty();
        assertThat(after.commands()).hasSize(1);
        assertThatThrownBy(() -> edit.dropCommands("nothing"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(label(stream));
    }

    /// The name of the command in the package.
    private static String label(byte[] stream) throws Exception {
        return machine(stream).commands().getLast().command().label();
    }

    @Test
    void deviceOfAnotherStreamIsAddedBehindOneOfThis() throws Exception {
        String two = ONE.replace("\"one\"", "\"two\"");
        byte[] other =
                stream()
                        .full(1, "two", 0, 5)
                        .hex("0009")
                        .endOfStream()
                        .description("{\"page_size\": 4096, \"devices\": [" + two + "]}")
                        .toByteArray();
        byte[] stream = twins("0001", "0002").toByteArray();
        SavedMachine machine = machine(stream);
        SavedMachine source = machine(other);
        MachineEdit edit = new MachineEdit(machine);
        Device first = machine.devices().getFirst();
        edit.insertAfter(first, source, source.devices().getFirst()).set(".x", 0x77);

        byte[] expected =
                stream()
                        .packaged(
                                p ->
                                        p.full(7, "one", 0, 1)
                                                .hex("0001")
                                                .footer(7)
                                                .full(9, "two", 0, 5)
                                                .hex("0077")
                                                .footer(9)
                                                .command(5))
                        .full(8, "one", 0, 1)
                        .hex("0002")
                        .footer(8)
                        .endOfStream()
                        .description(
                                "{\"page_size\": 4096, \"devices\": [%s, %s, %s]}"
                                        .formatted(ONE, two, ONE))
                        .toByteArray();
        assertThat(changed(edit, stream)).isEqualTo(expected);
        assertThat(changed(edit, stream)).as("used again").isEqualTo(expected);
        assertThatThrownBy(() -> edit.insertAfter(first, source, source.devices().getFirst()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the device two is already in this machine");
    }

    @Test
    void deviceThatIsReplacedStandsInThePlaceOfTheOther() throws Exception {
        byte[] stream = Corpus.file("pseries-events-72.mig").bytes();
        SavedMachine machine = machine(stream);
        Device rtc =
                machine.devices().stream()
                        .filter(d -> d.identity().idString().equals("spapr/rtc"))
                        .findFirst()
                        .orElseThrow();
        MachineEdit edit = new MachineEdit(machine).drop(rtc);
        edit.insertAfter(rtc, machine, rtc);

        SavedMachine after = machine(changed(edit, stream));

        assertThat(names(after)).isEqualTo(names(machine));
        assertThat(after.description()).isEqualTo(machine.description());
        assertThat(decoded(after, "spapr/rtc").findings()).isEmpty();
    }

    @Test
    void unknownDevicesAreTheCallersMistake() throws Exception {
        MachineEdit edit = new MachineEdit(machine(twins("0001", "0002").toByteArray()));
        assertThatThrownBy(() -> edit.section("two", 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no device two#3 in this machine");
        byte[] undescribed =
                stream().full(8, "one", 0, 1).hex("0001").footer(8).endOfStream().toByteArray();
        MachineEdit other = new MachineEdit(machine(undescribed));
        assertThatThrownBy(() -> other.section("one", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("there is no description of the section one");
    }

    @Test
    void streamOfAnotherMachineIsNoticed() throws Exception {
        MachineEdit edit = new MachineEdit(machine(twins("0001", "0002").toByteArray()));
        edit.section("one", 0).set(".x", 3);
        byte[] other =
                stream().full(8, "one", 0, 1).hex("000102").footer(8).endOfStream().toByteArray();
        assertThatThrownBy(() -> changed(edit, other))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the section one has 3 bytes, not 2");
    }

    @Test
    void streamWithoutTheSectionThatWasChangedIsNoticed() throws Exception {
        byte[] other =
                stream().full(8, "two", 0, 1).hex("0001").footer(8).endOfStream().toByteArray();
        SavedMachine machine = machine(twins("0001", "0002").toByteArray());
        MachineEdit changing = new MachineEdit(machine);
        changing.section("one", 0).set(".x", 3);
        MachineEdit dropping = new MachineEdit(machine).drop("one", 0);
        for (MachineEdit edit : List.of(changing, dropping)) {
            assertThatThrownBy(() -> changed(edit, other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("it has no section one");
        }
    }

    /// In a truncated stream, or one with a wrong description, possible edits succeed and others
    /// are refused.
    @Test
    void hostileStreamsCauseNoOtherExceptions() throws Exception {
        byte[] stream = twins("0001", "0002").toByteArray();
        for (int length = 8; length < stream.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(stream, length);
            SavedMachine machine = machine(cut);
            MachineEdit edit = new MachineEdit(machine);
            for (Device device : machine.devices()) {
                try {
                    edit.section(device).set(".x", 9);
                } catch (IllegalArgumentException e) {
                    assertThat(e).hasMessageContaining("no description");
                }
            }
            MachineReader reader = MachineReader.of(WireReader.of(cut));
            edit.atStart();
            try {
                for (StreamElement e = reader.next(); e != null; e = reader.next()) {
                    assertThat(edit.apply(e)).isNotNull();
                }
            } catch (org.vmstate.wire.VMStateException e) {
                assertThat(e.offset()).isNotNegative();
            }
        }
    }

    @Test
    void streamWithoutDescriptionIsEditedByThatOfAnother() throws Exception {
        byte[] described = twins("0001", "0002").toByteArray();
        byte[] stream =
                stream().full(8, "one", 0, 1).hex("0007").footer(8).endOfStream().toByteArray();
        SavedMachine machine =
                SavedMachine.read(
                        MachineReader.of(
                                WireReader.of(stream),
                                machine(described).description().orElseThrow()));
        MachineEdit edit = new MachineEdit(machine);
        edit.section("one", 0).set(".x", 0x1234);

        assertThat(changed(edit, stream))
                .isEqualTo(
                        stream()
                                .full(8, "one", 0, 1)
                                .hex("1234")
                                .footer(8)
                                .endOfStream()
                                .toByteArray());
    }
}
