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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.VMStateDescription;
import org.vmstate.container.StreamFile;
import org.vmstate.devices.arm.Armv7m;
import org.vmstate.devices.arm.Nvic;
import org.vmstate.devices.arm.SysTick;
import org.vmstate.devices.nrf51.MicrobitI2c;
import org.vmstate.devices.nrf51.Nrf51Gpio;
import org.vmstate.devices.nrf51.Nrf51Nvm;
import org.vmstate.devices.nrf51.Nrf51Rng;
import org.vmstate.devices.nrf51.Nrf51Timer;
import org.vmstate.devices.nrf51.Nrf51Uart;
import org.vmstate.devices.spapr.SpaprDrc;
import org.vmstate.devices.spapr.SpaprDrcPhysical;
import org.vmstate.devices.spapr.SpaprMachine;
import org.vmstate.inspect.MachineReader;
import org.vmstate.savevm.ConfigurationState;
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
    /// The descriptions of a device in a release, and its factory.
    record Declared<T>(Function<QemuRelease, VMStateDescription<T>> description, Supplier<T> make) {
        static <T> Declared<T> always(VMStateDescription<T> description, Supplier<T> make) {
            return new Declared<>(release -> description, make);
        }
    }

    /// The devices by the name of their description; `cpu` is not among them, because it depends on
    /// the machine.
    private static final Map<String, Declared<?>> DEVICES =
            Map.ofEntries(
                    Map.entry("timer", Declared.always(CpuTimers.VMSTATE, CpuTimers::new)),
                    Map.entry(
                            "globalstate", new Declared<>(GlobalState::vmstate, GlobalState::new)),
                    Map.entry("cpu_common", Declared.always(CpuCommon.VMSTATE, CpuCommon::new)),
                    Map.entry("spapr", Declared.always(SpaprMachine.VMSTATE, SpaprMachine::new)),
                    Map.entry("spapr_drc", Declared.always(SpaprDrc.VMSTATE, SpaprDrc::new)),
                    Map.entry(
                            "spapr_drc/physical",
                            Declared.always(SpaprDrcPhysical.VMSTATE, SpaprDrcPhysical::new)),
                    Map.entry("armv7m", Declared.always(Armv7m.VMSTATE, Armv7m::new)),
                    Map.entry("armv7m_nvic", Declared.always(Nvic.VMSTATE, Nvic::new)),
                    Map.entry("armv7m_systick", new Declared<>(SysTick::vmstate, SysTick::new)),
                    Map.entry("nrf51_soc.uart", Declared.always(Nrf51Uart.VMSTATE, Nrf51Uart::new)),
                    Map.entry("nrf51_soc.rng", Declared.always(Nrf51Rng.VMSTATE, Nrf51Rng::new)),
                    Map.entry("nrf51_soc.nvm", Declared.always(Nrf51Nvm.VMSTATE, Nrf51Nvm::new)),
                    Map.entry("nrf51_soc.gpio", Declared.always(Nrf51Gpio.VMSTATE, Nrf51Gpio::new)),
                    Map.entry(
                            "nrf51_soc.timer",
                            Declared.always(Nrf51Timer.VMSTATE, Nrf51Timer::new)),
                    Map.entry(
                            "microbit.i2c",
                            Declared.always(MicrobitI2c.VMSTATE, MicrobitI2c::new)));

    /// All streams except the one compressed with bzip2, whose decoder is part of the tool.
    static Stream<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(e -> !e.name().contains("bzip2"));
    }

    /// The streams without a container that have a configuration after the file's header.
    static List<Corpus.Entry> streamsWithConfiguration() throws IOException {
        List<Corpus.Entry> found = new ArrayList<>();
        for (Corpus.Entry stream : streams().filter(Corpus.Entry::beginsWithHeader).toList()) {
            if (stream.bytes()[8] == 0x07) {
                found.add(stream);
            }
        }
        return found;
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
                roundTrip(DEVICES.get(name), release(stream), section, text, style);
                seen.add(name);
            }
        }
        if (!stream.name().contains("postcopy") && !stream.name().contains("rp")) {
            assertThat(seen).contains("timer");
        }
    }

    private static QemuRelease release(Corpus.Entry stream) {
        return QemuRelease.valueOf("V" + stream.qemu().replace('.', '_'));
    }

    private static <T> void roundTrip(
            Declared<T> device,
            QemuRelease release,
            Section.Full section,
            JsonObject json,
            JsonStyle style)
            throws IOException {
        byte[] bytes = section.body().memory().toArray(ValueLayout.JAVA_BYTE);
        VMStateDescription<T> description = device.description().apply(release);
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
    @MethodSource("streamsWithConfiguration")
    void configurationLoadsAndSavesTheSameBytesAndTheSameText(Corpus.Entry stream)
            throws IOException {
        byte[] bytes = stream.bytes();
        WireReader reader = WireReader.of(bytes);
        reader.seek(9);
        ConfigurationState configuration = new ConfigurationState();
        ConfigurationState.VMSTATE.load(reader, configuration, 1);

        WireWriter writer = WireWriter.toMemory();
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        ConfigurationState.VMSTATE.save(writer, configuration, vmdesc);

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
