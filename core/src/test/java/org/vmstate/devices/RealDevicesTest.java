// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.VMStateDescription;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.testing.Corpus;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Loads devices of real streams into plain Java objects, and saves the same bytes and description
/// text.
final class RealDevicesTest {
    /// The name of a device in streams, its descriptions by the version of QEMU, and its factory.
    record Declared<T>(Function<JsonObject, VMStateDescription<T>> description, Supplier<T> make) {
        static <T> Declared<T> always(VMStateDescription<T> description, Supplier<T> make) {
            return new Declared<>(json -> description, make);
        }
    }

    private static final Map<String, Declared<?>> DEVICES =
            Map.of(
                    "timer", Declared.always(CpuTimers.VMSTATE, CpuTimers::new),
                    "spapr", Declared.always(SpaprMachine.VMSTATE, SpaprMachine::new),
                    "spapr_drc", Declared.always(SpaprDrc.VMSTATE, SpaprDrc::new),
                    "globalstate",
                            new Declared<>(
                                    json ->
                                            json.toString().contains("vm_was_suspended")
                                                    ? GlobalState.VMSTATE
                                                    : GlobalState.BEFORE_9,
                                    () -> new GlobalState(100)));

    /// All streams except the one compressed with bzip2, whose decoder is part of the tool.
    static Stream<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(e -> !e.name().contains("bzip2"));
    }

    static Stream<Corpus.Entry> bareStreams() {
        return streams().filter(Corpus.Entry::beginsWithHeader);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void loadAndSaveTheSameBytesAndTheSameText(Corpus.Entry stream, @TempDir Path folder)
            throws IOException {
        try (StreamFile file = StreamFile.open(stream.unpack(folder), StreamFile.Options.DEFAULT)) {
            loadAndSave(stream, MachineReader.overview(file.reader()));
        }
    }

    private static void loadAndSave(Corpus.Entry stream, MachineReader machine) throws IOException {
        List<String> seen = new ArrayList<>();
        List<Section.Full> sections = new ArrayList<>();
        StreamElement element = machine.next();
        while (element != null) {
            if (element instanceof Section.Full full) {
                sections.add(full);
            }
            element = machine.next();
        }
        Optional<VmDescription> description = machine.description();
        List<JsonObject> described =
                new ArrayList<>(description.map(d -> devices(d.json())).orElse(List.of()));
        for (Section.Full section : sections) {
            String name = section.identity().idString();
            Optional<JsonObject> json =
                    described.stream()
                            .filter(d -> matches(d, name, section.identity().instanceId()))
                            .findFirst();
            if (DEVICES.containsKey(name)) {
                JsonObject text = json.orElse(new JsonObject(List.of()));
                JsonStyle style = description.map(VmDescription::style).orElse(JsonStyle.COMPACT);
                roundTrip(DEVICES.get(name), section, text, style);
                seen.add(name);
            }
        }
        if (!stream.name().contains("postcopy") && !stream.name().contains("rp")) {
            assertThat(seen).contains("timer");
        }
    }

    private static <T> void roundTrip(
            Declared<T> device, Section.Full section, JsonObject json, JsonStyle style)
            throws IOException {
        byte[] bytes = section.body().memory().toArray(ValueLayout.JAVA_BYTE);
        VMStateDescription<T> description = device.description().apply(json);
        byte[] followed = Arrays.copyOf(bytes, bytes.length + 5);
        followed[bytes.length] = 0x7e;
        WireReader reader = WireReader.of(followed);
        T state = description.load(reader, device.make(), (int) section.identity().versionId());
        assertThat(reader.position()).isEqualTo(bytes.length);

        WireWriter writer = WireWriter.toMemory();
        VmDescWriter vmdesc = new VmDescWriter().startObject().number("page_size", 4096);
        vmdesc.startArray("devices").startObject();
        vmdesc.string("name", section.identity().idString());
        vmdesc.number("instance_id", section.identity().instanceId());
        description.save(writer, state, vmdesc);
        vmdesc.endObject().endArray().endObject();

        assertThat(writer.toByteArray()).isEqualTo(bytes);
        if (!json.members().isEmpty()) {
            JsonObject own =
                    devices(VmDescription.parse(vmdesc.toByteArray(), 0, ReadLimits.DEFAULT).json())
                            .getFirst();
            assertThat(new String(style.print(own), UTF_8))
                    .isEqualTo(new String(style.print(json), UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("bareStreams")
    void configurationLoadsAndSavesTheSameBytesAndTheSameText(Corpus.Entry stream)
            throws IOException {
        byte[] bytes = stream.bytes();
        Assumptions.assumeTrue(bytes[8] == 0x07, "no configuration");
        WireReader reader = WireReader.of(bytes);
        reader.seek(9);
        MigrationConfiguration configuration = new MigrationConfiguration();
        MigrationConfiguration.VMSTATE.load(reader, configuration, 1);

        WireWriter writer = WireWriter.toMemory();
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        MigrationConfiguration.VMSTATE.save(writer, configuration, vmdesc);

        assertThat(writer.toByteArray())
                .isEqualTo(Arrays.copyOfRange(bytes, 9, (int) reader.position()));
        String text = new String(bytes, ISO_8859_1);
        int described = text.lastIndexOf("{\"configuration\": ");
        if (described >= 0) {
            assertThat(text.substring(described + "{\"configuration\": ".length()))
                    .startsWith(vmdesc.endObject().toString());
        }
        assertThat(configuration.machineType()).isNotEmpty();
    }

    private static List<JsonObject> devices(JsonObject json) {
        return json.members().stream()
                .filter(m -> m.name().equals("devices"))
                .flatMap(m -> ((JsonArray) m.value()).values().stream())
                .map(JsonObject.class::cast)
                .toList();
    }

    private static boolean matches(JsonObject device, String name, long instance) {
        String text = new String(JsonStyle.COMPACT.print(device), UTF_8);
        return text.startsWith("{\"name\": \"" + name + "\", \"instance_id\": " + instance + ",");
    }

    @Test
    void pendingEventsAreATailQueueOfObjects() throws IOException {
        SpaprMachine spapr =
                SpaprMachine.VMSTATE.load(WireReader.of(spaprBody()), SpaprMachine::new, 3);
        assertThat(spapr.pendingEvents)
                .hasSize(5)
                .allSatisfy(e -> assertThat(e.extendedLog).hasSize(e.extendedLength));
    }

    @Test
    void wrongBytesOfADeviceLeaveWholeElements() throws IOException {
        byte[] bytes = spaprBody();
        for (int i = 0; i < 1024; i++) {
            loadWrong(Arrays.copyOf(bytes, i));
            byte[] changed = bytes.clone();
            changed[i] ^= (byte) 0xff;
            loadWrong(changed);
        }
    }

    private static void loadWrong(byte[] bytes) throws IOException {
        SpaprMachine spapr = new SpaprMachine();
        try {
            SpaprMachine.VMSTATE.load(WireReader.of(bytes), spapr, 3);
        } catch (VMStateException e) {
            assertThat(e.path()).startsWith("spapr");
        }
        assertThat(spapr.pendingEvents)
                .allSatisfy(e -> assertThat(e.extendedLog).hasSize(e.extendedLength));
    }

    private static byte[] spaprBody() throws IOException {
        MachineReader machine =
                MachineReader.overview(
                        WireReader.of(Corpus.file("pseries-events-100.mig").bytes()));
        StreamElement element = machine.next();
        while (!(element instanceof Section.Full full
                && full.identity().idString().equals("spapr"))) {
            element = machine.next();
        }
        return ((Section.Full) element).body().memory().toArray(ValueLayout.JAVA_BYTE);
    }
}
