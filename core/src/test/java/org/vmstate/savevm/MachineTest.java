// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.VMStateDescription;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.queue.TailQueue;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamFormat;
import org.vmstate.stream.Command;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class MachineTest {
    private static final long RAM_BYTES = 1 << 16;

    @TempDir private Path folder;

    private final Uart uart = Uart.of(115_200);
    private final Uart console = Uart.of(300);
    private final GuestMemory memory = memory();

    private static GuestMemory memory() {
        return GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", RAM_BYTES));
    }

    private Machine.Builder board() {
        return Machine.builder("board-1")
                .ram(memory)
                .device("uart", Uart.VMSTATE, uart)
                .device("uart", Uart.VMSTATE, console);
    }

    private MemorySegment segment() {
        return memory.segment("ram");
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"PLAIN", "MAPPED_RAM"})
    void loadsWhatItSaved(RamFormat format) throws IOException {
        Machine machine = board().ramFormat(format).build();
        segment().set(ValueLayout.JAVA_INT, 0x3000, 42);
        Path file = folder.resolve("board.mig");
        machine.save(file);
        uart.baud = 1;
        console.status = 7;
        segment().set(ValueLayout.JAVA_INT, 0x3000, 0);
        segment().set(ValueLayout.JAVA_INT, 0x5000, 5);
        LoadReport report = machine.load(file);
        assertThat(report.missing()).isEmpty();
        assertThat(uart.baud).isEqualTo(115_200);
        assertThat(console.status).isZero();
        assertThat(segment().get(ValueLayout.JAVA_INT, 0x3000)).isEqualTo(42);
        assertThat(segment().get(ValueLayout.JAVA_INT, 0x5000)).isZero();
        assertThat(machine.save()).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void streamIsShownWithItsDescription() throws IOException {
        byte[] stream = board().build().save();
        SavedMachine saved = SavedMachine.read(MachineReader.of(WireReader.of(stream)));
        assertThat(saved.findings()).isEmpty();
        assertThat(saved.failure()).isEmpty();
        assertThat(saved.devices())
                .extracting(device -> device.identity().label())
                .containsExactly("ram", "uart", "uart#1");
    }

    /// Bytes and text that QEMU 11.1 wrote for a machine of this name with these capabilities.
    @Test
    void configurationIsThatOfQemu() throws IOException {
        byte[] stream =
                Machine.builder("arduino-uno")
                        .pageSize(1024)
                        .ramFormat(RamFormat.MAPPED_RAM)
                        .uuid(UUID.fromString("11223344-5566-7788-99aa-bbccddeeff00"))
                        .build()
                        .save();
        String text = new String(stream, StandardCharsets.ISO_8859_1);
        assertThat(text)
                .startsWith(
                        "QEVM\0\0\0\3\7\0\0\0\13arduino-uno\5\32configuration/capabilities\0\0\0\1\0\0\0\1\12mapped-ram"
                                + "\5\22configuration/uuid\0\0\0\1\21\"3DUfw\u0088\u0099\u00aa\u00bb\u00cc\u00dd\u00ee\u00ff\0");
        assertThat(text)
                .endsWith(
                        "{\"configuration\": {\"vmsd_name\": \"configuration\", \"version\": 1, \"fields\": [{\"name\": \"len\", \"type\": \"uint32\", \"size\": 4}, "
                                + "{\"name\": \"name\", \"type\": \"buffer\", \"size\": 11}], \"subsections\": [{\"vmsd_name\": \"configuration/capabilities\", \"version\": 1, "
                                + "\"fields\": [{\"name\": \"caps_count\", \"type\": \"uint32\", \"size\": 4}, {\"name\": \"capabilities\", \"type\": \"capability\", \"size\": 11}]}, "
                                + "{\"vmsd_name\": \"configuration/uuid\", \"version\": 1, \"fields\": [{\"name\": \"uuid.data\", \"array_len\": 16, \"type\": \"uint8\", \"size\": 1}]}]}, "
                                + "\"page_size\": 1024, \"devices\": []}");
    }

    @Test
    void aStreamWithoutDescriptionEndsWithItsEndAndLoads() throws IOException {
        byte[] described =
                Machine.builder("board").device("uart", Uart.VMSTATE, new Uart()).build().save();
        Machine machine =
                Machine.builder("board")
                        .omitDescription()
                        .device("uart", Uart.VMSTATE, new Uart())
                        .build();
        byte[] stream = machine.save();

        assertThat(described).startsWith(stream);
        assertThat(stream).endsWith(0x00);
        assertThat(described[stream.length]).isEqualTo((byte) 0x06);
        machine.load(stream);
    }

    @Test
    void switchoverStartStandsBeforeTheEndOfMemory() throws IOException {
        Machine machine = board().sendSwitchoverStart().build();
        List<StreamElement> elements = new ArrayList<>();
        byte[] stream = machine.save();
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            elements.add(e);
        }
        int command = elements.indexOf(new Command.SwitchoverStart());
        assertThat(elements.get(command - 2)).isInstanceOf(Section.Part.class);
        assertThat(elements.get(command + 1)).isInstanceOf(Section.End.class);
        machine.load(stream);
        assertThat(machine.save()).isEqualTo(stream);
    }

    @Test
    void configurationIsLeftOutOfTheText() throws IOException {
        byte[] stream =
                Machine.builder("board-1")
                        .ram(memory, options -> options.sectionId(5))
                        .omitConfigurationText()
                        .build()
                        .save();
        assertThat(new String(stream, StandardCharsets.ISO_8859_1))
                .contains("board-1\1\0\0\0\5\3ram")
                .endsWith("{\"page_size\": 4096, \"devices\": []}");
    }

    @Test
    void descriptionTextHasTheStyleOfOlderQemus() throws IOException {
        byte[] stream =
                Machine.builder("board-1")
                        .omitConfigurationText()
                        .descriptionStyle(JsonStyle.SPACED)
                        .build()
                        .save();
        assertThat(new String(stream, StandardCharsets.ISO_8859_1))
                .endsWith("\6\0\0\0\50{ \"page_size\" : 4096, \"devices\" : [  ] }");
    }

    /// Keeps the bytes of its section, of which the first one is not 0.
    private static final class Blob implements OpaqueDevice {
        private byte[] bytes;

        Blob(byte... bytes) {
            this.bytes = bytes;
        }

        @Override
        public int versionId() {
            return 4;
        }

        @Override
        public byte[] save() {
            return bytes.clone();
        }

        @Override
        public void verify(byte[] body, int versionId) throws RefusedException {
            if (body[0] == 0) {
                throw new RefusedException("begins with 0");
            }
        }

        @Override
        public void load(byte[] body, int versionId) {
            bytes = body;
        }
    }

    @Test
    void opaqueDeviceIsDescribedByItsSizeAndLoaded() throws IOException {
        Blob blob = new Blob((byte) 1, (byte) 2);
        Machine machine =
                Machine.builder("board-1")
                        .opaque("blob", blob)
                        .device("uart", Uart.VMSTATE, uart)
                        .build();
        byte[] stream = machine.save();
        MachineState snapshot = machine.snapshot();
        assertThat(new String(stream, StandardCharsets.ISO_8859_1))
                .contains(
                        "\4blob\0\0\0\0\0\0\0\4\1\2~",
                        "[{\"name\": \"blob\", \"instance_id\": 0, \"size\": 2, \"fields\": "
                                + "[{\"name\": \"data\", \"size\": 2, \"type\": \"buffer\"}]}, {\"name\": \"uart\"");
        blob.bytes = new byte[] {9};
        machine.load(stream);
        assertThat(blob.bytes).containsExactly(1, 2);
        blob.bytes = new byte[] {9};
        machine.restore(snapshot);
        assertThat(blob.bytes).containsExactly(1, 2);
    }

    @Test
    void opaqueDeviceThatRefusesItsBytesLeavesTheMachineAsItWas() throws IOException {
        byte[] stream =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, Uart.of(8))
                        .opaque("blob", new Blob((byte) 0))
                        .build()
                        .save();
        Machine machine =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, uart)
                        .opaque("blob", new Blob((byte) 1))
                        .build();
        assertThatThrownBy(() -> machine.load(stream))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("blob: begins with 0");
        assertThat(uart.baud).isEqualTo(115_200);
    }

    @Test
    void hookThatRefusesLeavesAllDevicesAsTheyWere() throws IOException {
        console.baud = 0;
        byte[] stream = board().build().save();
        console.baud = 300;
        uart.baud = 4;
        Machine withoutMemory =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, uart)
                        .device("uart", Uart.VMSTATE, console)
                        .build();
        byte[] devices = bytesWithoutMemory();
        assertThatThrownBy(() -> withoutMemory.load(devices))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("uart#1: no baud rate");
        assertThat(uart.baud).isEqualTo(4);
        assertThat(console.baud).isEqualTo(300);
        assertThat(withoutMemory.failed()).isFalse();
        assertThat(stream).isNotEmpty();
    }

    private byte[] bytesWithoutMemory() throws IOException {
        return Machine.builder("board-1")
                .device("uart", Uart.VMSTATE, Uart.of(8))
                .device("uart", Uart.VMSTATE, Uart.of(0))
                .build()
                .save();
    }

    @Test
    void refusalAfterTheMemoryWasLoadedLeavesTheMachineFailedUntilItLoads() throws IOException {
        Machine machine = board().build();
        byte[] good = machine.save();
        console.baud = 0;
        byte[] bad = machine.save();
        console.baud = 300;
        assertThatThrownBy(() -> machine.load(bad)).isInstanceOf(RefusedException.class);
        assertThat(machine.failed()).isTrue();
        assertThat(console.baud).isEqualTo(300);
        assertThatThrownBy(machine::save).isInstanceOf(IllegalStateException.class);
        machine.load(good);
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void unknownSectionIsRefusedWithSimilarNames() throws IOException {
        byte[] stream =
                Machine.builder("board-1").device("uart0", Uart.VMSTATE, uart).build().save();
        assertThatThrownBy(() -> board().build().load(stream))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining(
                        "Unknown section or instance \"uart0\" 0; registered: uart, uart#1");
    }

    @Test
    void missingSectionIsReported() throws IOException {
        byte[] stream =
                Machine.builder("board-1").device("uart", Uart.VMSTATE, uart).build().save();
        LoadReport report = board().build().load(stream);
        assertThat(report.missing())
                .extracting(SaveStateEntry::label)
                .containsExactly("ram", "uart#1");
    }

    @Test
    void otherMachineTypeIsRefusedUnlessItIsAnAlias() throws IOException {
        byte[] stream = board().build().save();
        Machine other =
                Machine.builder("board-2")
                        .ram(memory)
                        .device("uart", Uart.VMSTATE, uart)
                        .device("uart", Uart.VMSTATE, console)
                        .build();
        assertThatThrownBy(() -> other.load(stream))
                .hasMessageContaining("Machine type received is 'board-1' and local is 'board-2'");
        Machine successor =
                Machine.builder("board-2")
                        .alias("board-1")
                        .ram(memory)
                        .device("serial", Uart.VMSTATE, uart, o -> o.alias("uart", 0))
                        .device("uart", 1, Uart.VMSTATE, console)
                        .build();
        assertThat(successor.load(stream).missing()).isEmpty();
    }

    @Test
    void blocksThatDifferAreRefusedInQemusWords() throws IOException {
        byte[] stream = board().build().save();
        Machine larger =
                Machine.builder("board-1")
                        .ram(GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 2 * RAM_BYTES)))
                        .device("uart", Uart.VMSTATE, uart)
                        .device("uart", Uart.VMSTATE, console)
                        .build();
        assertThatThrownBy(() -> larger.load(stream))
                .hasMessageContaining("Size mismatch: ram: 0x10000 != 0x20000");
        Machine renamed =
                Machine.builder("board-1")
                        .ram(GuestMemory.allocate(Arena.ofAuto(), Map.of("dram", RAM_BYTES)))
                        .build();
        assertThatThrownBy(() -> renamed.load(stream))
                .hasMessageContaining("Unknown ramblock \"ram\", cannot accept migration");
    }

    @Test
    void everyTruncationIsRefusedBeforeAnythingIsTouched() throws IOException {
        Machine machine = board().build();
        segment().set(ValueLayout.JAVA_INT, 0x3000, 42);
        byte[] stream = machine.save();
        uart.baud = 5;
        segment().set(ValueLayout.JAVA_INT, 0x3000, 43);
        int end = new String(stream, StandardCharsets.ISO_8859_1).lastIndexOf("{\"conf") - 6;
        for (int length = 0; length <= end; length += 1 + length / 50) {
            byte[] cut = Arrays.copyOf(stream, length);
            assertThatThrownBy(() -> machine.load(cut)).isInstanceOf(IOException.class);
            assertThat(uart.baud).isEqualTo(5);
            assertThat(segment().get(ValueLayout.JAVA_INT, 0x3000)).isEqualTo(43);
            assertThat(machine.failed()).isFalse();
        }
    }

    @Test
    void newerSectionIsRefused() throws IOException {
        byte[] stream = board().build().save();
        int header = new String(stream, StandardCharsets.ISO_8859_1).indexOf("\4uart");
        stream[header + 5 + 7] = 3;
        assertThatThrownBy(() -> board().build().load(stream))
                .isInstanceOf(VersionTooNewException.class)
                .hasMessageStartingWith("uart:");
    }

    @Test
    void deviceIsSavedAtAnOlderVersion() throws IOException {
        uart.level = 3;
        Machine older =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, uart, o -> o.saveVersion(1))
                        .build();
        byte[] stream = older.save();
        MachineState state = older.snapshot();
        assertThat(new String(stream, StandardCharsets.ISO_8859_1))
                .contains("\4uart\0\0\0\0\0\0\0\1", "\"version\": 1");
        uart.level = 4;
        older.load(stream);
        assertThat(uart.level).isEqualTo((byte) 4);
        older.restore(state);
        assertThat(uart.level).isEqualTo((byte) 3);
        console.baud = 0;
        byte[] refused =
                Machine.builder("board-1").device("uart", Uart.VMSTATE, console).build().save();
        assertThatThrownBy(() -> older.load(refused)).isInstanceOf(RefusedException.class);
        assertThat(uart.level).isEqualTo((byte) 3);
        assertThatThrownBy(
                        () ->
                                older.registry()
                                        .register(
                                                "other",
                                                Uart.VMSTATE,
                                                new Uart(),
                                                o -> o.saveVersion(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("other: version 3 cannot be saved, only 1..2");
    }

    @Test
    void blockerPreventsSavingUntilItIsRemoved() throws IOException {
        Machine machine = board().build();
        SaveStateRegistry.Blocker blocker = machine.registry().block("a disk is being copied");
        assertThatThrownBy(machine::save).hasMessageContaining("a disk is being copied");
        machine.registry().unblock(blocker);
        assertThat(machine.save()).isNotEmpty();
    }

    /// A state that is captured and restored as a whole.
    record Clock(long ticks) {
        static final VMStateDescription<Clock> VMSTATE =
                VMStateDescription.builder("clock", Clock.class, MethodHandles.lookup())
                        .fields(uint64("ticks"))
                        .build();
    }

    @Test
    void mementoIsCapturedAndRestored() throws IOException {
        Clock[] now = {new Clock(7)};
        Machine machine =
                Machine.builder("board-1")
                        .memento("clock", Clock.VMSTATE, () -> now[0], c -> now[0] = c)
                        .build();
        byte[] stream = machine.save();
        now[0] = new Clock(9);
        machine.load(stream);
        assertThat(now[0]).isEqualTo(new Clock(7));
    }

    @Test
    void hotPluggedDeviceTakesTheNextFreeInstance() {
        SaveStateRegistry registry = board().build().registry();
        SaveStateEntry third = registry.register("uart", Uart.VMSTATE, new Uart(), _ -> {});
        assertThat(third.instanceId()).isEqualTo(2);
        registry.unregister(third);
        assertThat(registry.entries()).hasSize(3);
        assertThatThrownBy(
                        () ->
                                registry.register(
                                        "uart",
                                        Uart.VMSTATE,
                                        new Uart(),
                                        options -> options.instanceId(0)))
                .hasMessage("uart (instance 0) is registered");
        assertThat(List.of(third.sectionId())).containsExactly(3L);
    }

    @Test
    void goesBackToASnapshotThatIsTakenAgainAndAgain() throws IOException {
        Machine machine = board().build();
        MachineState[] ring = {new MachineState(), new MachineState()};
        for (int i = 0; i < 6; i++) {
            uart.baud = i;
            segment().set(ValueLayout.JAVA_INT, 4096L * i, i);
            machine.snapshot(ring[i % 2]);
        }
        uart.baud = 77;
        segment().fill((byte) 9);
        machine.restore(ring[0]);
        assertThat(uart.baud).isEqualTo(4);
        assertThat(segment().get(ValueLayout.JAVA_INT, 4096L * 4)).isEqualTo(4);
        assertThat(segment().get(ValueLayout.JAVA_INT, 4096L * 5)).isZero();
        machine.restore(ring[1]);
        assertThat(uart.baud).isEqualTo(5);
        assertThat(segment().get(ValueLayout.JAVA_INT, 4096L * 5)).isEqualTo(5);
        machine.registry().register("late", Uart.VMSTATE, new Uart(), _ -> {});
        assertThatThrownBy(() -> machine.restore(ring[1]))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void namesAndAliasesAreUniqueWhicheverIsRegisteredFirst() {
        SaveStateRegistry registry = board().build().registry();
        registry.register("pic", Uart.VMSTATE, new Uart(), options -> options.alias("i8259"));

        assertThatThrownBy(
                        () ->
                                registry.register(
                                        "i8259",
                                        Uart.VMSTATE,
                                        new Uart(),
                                        options -> options.instanceId(0)))
                .hasMessage("i8259 (instance 0) is registered");
        for (String alias : List.of("uart", "i8259")) {
            assertThatThrownBy(
                            () ->
                                    registry.register(
                                            "other",
                                            Uart.VMSTATE,
                                            new Uart(),
                                            options -> options.alias(alias)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(alias + " (instance 0) is registered");
        }
        assertThat(registry.find("other", 0)).isEmpty();
    }

    @Test
    void sectionIdsAreUnique() {
        SaveStateRegistry registry = board().build().registry();
        assertThatThrownBy(
                        () ->
                                registry.register(
                                        "timer",
                                        Uart.VMSTATE,
                                        new Uart(),
                                        options -> options.sectionId(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("section id 2 is that of uart#1");
    }

    @Test
    void idsThatFollowTheLastOneAreRefused() {
        SaveStateRegistry registry = new SaveStateRegistry();
        registry.register(
                "uart",
                Uart.VMSTATE,
                new Uart(),
                options -> options.instanceId(0xffff_ffffL).sectionId(0xffff_ffffL));

        assertThatThrownBy(() -> registry.register("uart", Uart.VMSTATE, new Uart(), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("instance 4294967296 is not 0..0xffffffff");
        assertThatThrownBy(() -> registry.register("timer", Uart.VMSTATE, new Uart(), _ -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("section id 4294967296 is not 0..0xffffffff");
    }

    @Test
    void roundTripNamesTheFieldThatDiffers() throws IOException {
        uart.status = 3;
        Machine machine = board().build();
        Uart forgetful = new Uart();
        Machine fresh =
                Machine.builder("board-1")
                        .ram(memory())
                        .memento("uart", Uart.VMSTATE, () -> forgetful, u -> u.status = 0)
                        .device("uart", Uart.VMSTATE, new Uart())
                        .build();
        assertThat(RoundTrip.differences(machine, fresh))
                .containsExactly("uart.status: the bytes differ");
        assertThat(RoundTrip.differences(machine, board().build())).isEmpty();
    }

    @Test
    void folderKeepsNamedSnapshots() throws IOException {
        SnapshotFolder snapshots = new SnapshotFolder(folder.resolve("snapshots"));
        Machine machine = board().build();
        assertThat(snapshots.names()).isEmpty();
        snapshots.save(machine, "before boot");
        uart.baud = 1;
        snapshots.save(machine, "after");
        assertThat(snapshots.names()).containsExactly("after", "before boot");
        snapshots.load(machine, "before boot");
        assertThat(uart.baud).isEqualTo(115_200);
        assertThat(snapshots.delete("after")).isTrue();
        assertThat(snapshots.names()).containsExactly("before boot");
        assertThatThrownBy(() -> snapshots.save(machine, "../x"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void folderNamesOnlySnapshots() throws IOException {
        Files.write(folder.resolve(".hidden.vmstate"), new byte[1]);
        Files.write(folder.resolve(".vmstate"), new byte[1]);
        Files.createDirectory(folder.resolve("folder.vmstate"));
        assertThat(new SnapshotFolder(folder).names()).isEmpty();
    }

    @Test
    void runningMachineIsStoppedAndResumed() throws IOException {
        List<String> calls = new ArrayList<>();
        MachineControl control =
                new MachineControl() {
                    @Override
                    public boolean running() {
                        return true;
                    }

                    @Override
                    public void stop() {
                        calls.add("stop");
                    }

                    @Override
                    public void resume() {
                        calls.add("resume");
                    }

                    @Override
                    public void flushDisks() {
                        calls.add("flush");
                    }
                };
        Machine machine = board().control(control).build();
        byte[] good = machine.save();
        assertThat(calls).containsExactly("stop", "flush", "resume");
        calls.clear();
        console.baud = 0;
        byte[] bad = machine.save();
        calls.clear();
        assertThatThrownBy(() -> machine.load(bad)).isInstanceOf(RefusedException.class);
        assertThat(calls).containsExactly("stop", "flush");
        assertThat(good).isNotEmpty();
    }

    /// A device that sends its bytes one by one.
    private static final class Stepwise implements IterativeDevice {
        byte[] bytes = {1, 2, 3};
        private int sent;
        private int loaded;
        private boolean cleaned;

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public void setup(WireWriter out) throws IOException {
            sent = 0;
            cleaned = false;
            out.u8(bytes.length);
        }

        @Override
        public long pending() {
            return (long) bytes.length - sent;
        }

        @Override
        public void iterate(WireWriter out, long maxBytes) throws IOException {
            out.u8(bytes[sent++]);
        }

        @Override
        public void complete(WireWriter out) throws IOException {
            out.u8(99);
        }

        @Override
        public void cleanup() {
            cleaned = true;
        }

        @Override
        public void verify(WireReader in, int versionId) throws IOException {
            in.u8();
        }

        @Override
        public void beforeLoad() {
            loaded = -1;
        }

        @Override
        public void load(WireReader in, int versionId) throws IOException {
            int value = in.u8();
            if (loaded >= 0 && loaded < bytes.length) {
                bytes[loaded] = (byte) value;
            }
            loaded++;
        }
    }

    /// An iterative device whose `setup` and `cleanup` may throw.
    private static final class Failing implements IterativeDevice {
        private final @Nullable RuntimeException inSetup;
        private final @Nullable RuntimeException inCleanup;
        private int cleanups;

        Failing(@Nullable RuntimeException inSetup, @Nullable RuntimeException inCleanup) {
            this.inSetup = inSetup;
            this.inCleanup = inCleanup;
        }

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public boolean active() {
            return true;
        }

        @Override
        public void setup(WireWriter out) {
            if (inSetup != null) {
                throw inSetup;
            }
        }

        @Override
        public long pending() {
            return 0;
        }

        @Override
        public void iterate(WireWriter out, long maxBytes) {}

        @Override
        public void complete(WireWriter out) {}

        @Override
        public void cleanup() {
            cleanups++;
            if (inCleanup != null) {
                throw inCleanup;
            }
        }

        @Override
        public void verify(WireReader in, int versionId) {}

        @Override
        public void load(WireReader in, int versionId) {}
    }

    @Test
    void whatCouldNotBeLoadedIsNotSaved() throws IOException {
        assertThatThrownBy(() -> Machine.builder("x".repeat(0x10000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a machine type of 65536 bytes");
        Machine machine =
                Machine.builder("board").ram(memory()).ramFormat(RamFormat.MAPPED_RAM).build();
        WireWriter out = WireWriter.toMemory();
        out.u64(0);
        assertThatThrownBy(() -> machine.save(out)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void onlyDevicesThatWereSetUpAreCleanedUpAndNoExceptionIsLost() {
        RuntimeException cleanup = new IllegalStateException("cleanup");
        RuntimeException setup = new IllegalStateException("setup");
        Failing first = new Failing(null, cleanup);
        Failing second = new Failing(setup, null);
        Failing third = new Failing(null, null);
        Machine machine =
                Machine.builder("board")
                        .iterative("first", first)
                        .iterative("second", second)
                        .iterative("third", third)
                        .build();

        assertThatThrownBy(machine::save).isSameAs(setup).hasSuppressedException(cleanup);
        assertThat(List.of(first.cleanups, second.cleanups, third.cleanups))
                .containsExactly(1, 1, 0);
    }

    @Test
    void allDevicesAreCleanedUpIfOneOfThemThrows() {
        RuntimeException one = new IllegalStateException("one");
        RuntimeException two = new IllegalStateException("two");
        Failing first = new Failing(null, one);
        Failing second = new Failing(null, two);
        Machine machine =
                Machine.builder("board")
                        .iterative("first", first)
                        .iterative("second", second)
                        .build();

        assertThatThrownBy(machine::save).isSameAs(one).hasSuppressedException(two);
        assertThat(List.of(first.cleanups, second.cleanups)).containsExactly(1, 1);
        assertThatThrownBy(machine::snapshot).isSameAs(one);
    }

    @Test
    void iterativeDeviceIsSavedAndLoadedInPieces() throws IOException {
        Stepwise device = new Stepwise();
        Machine machine =
                Machine.builder("board-1")
                        .iterative("steps", device)
                        .device("uart", Uart.VMSTATE, uart)
                        .build();
        byte[] stream = machine.save();
        assertThat(device.cleaned).isTrue();
        MachineState state = machine.snapshot();
        device.bytes = new byte[3];
        machine.load(stream);
        assertThat(device.bytes).containsExactly(1, 2, 3);
        device.bytes = new byte[3];
        machine.restore(state);
        assertThat(device.bytes).containsExactly(1, 2, 3);
    }

    /// A device whose requests wait in a queue, and whose hook refuses a request of 0.
    private static final class Dma {
        final TailQueue<Request> requests = new TailQueue<>(request -> request.link);

        /// A request.
        static final class Request {
            int address;
            final TailQueue.Link<Request> link = new TailQueue.Link<>();

            static final VMStateDescription<Request> VMSTATE =
                    VMStateDescription.builder("request", Request.class, MethodHandles.lookup())
                            .fields(uint32("address"))
                            .build();
        }

        static final VMStateDescription<Dma> VMSTATE =
                VMStateDescription.builder("dma", Dma.class, MethodHandles.lookup())
                        .fields(qtailq("requests", 1, Request.VMSTATE, Request::new))
                        .postLoad(
                                (dma, _) -> {
                                    if (dma.addresses().contains(0)) {
                                        throw new RefusedException("a request of 0");
                                    }
                                })
                        .build();

        void post(int address) {
            Request request = new Request();
            request.address = address;
            requests.insertTail(request);
        }

        List<Integer> addresses() {
            List<Integer> addresses = new ArrayList<>();
            requests.forEach(request -> addresses.add(request.address));
            return addresses;
        }
    }

    @Test
    void queuesAreReplacedByLoadsAndPutBackByRefusals() throws IOException {
        Dma dma = new Dma();
        dma.post(1);
        dma.post(2);
        Machine machine = Machine.builder("board-1").device("dma", Dma.VMSTATE, dma).build();
        byte[] stream = machine.save();
        MachineState state = machine.snapshot();
        dma.post(0);
        byte[] refused = machine.save();
        machine.load(stream);
        assertThat(dma.addresses()).containsExactly(1, 2);
        assertThatThrownBy(() -> machine.load(refused)).hasMessageContaining("a request of 0");
        assertThat(dma.addresses()).containsExactly(1, 2);
        assertThat(machine.failed()).isFalse();
        dma.post(3);
        machine.restore(state);
        assertThat(dma.addresses()).containsExactly(1, 2);
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"PLAIN", "MAPPED_RAM"})
    void loadsFromAPipe(RamFormat format) throws IOException {
        Machine machine = board().ramFormat(format).build();
        segment().set(ValueLayout.JAVA_INT, 0x3000, 42);
        byte[] stream = machine.save();
        uart.baud = 1;
        segment().fill((byte) 9);
        machine.load(WireReader.of(new TrickleChannel(stream, 100), ReadLimits.DEFAULT));
        assertThat(uart.baud).isEqualTo(115_200);
        assertThat(machine.save()).isEqualTo(stream);
    }

    @Test
    void largePipeIsKeptInATemporaryFileUpToItsLimit() throws IOException {
        Machine machine = board().build();
        segment().fill((byte) 9);
        byte[] stream = machine.save();
        uart.baud = 1;
        ReadLimits small =
                ReadLimits.builder().maxRetainedBytes(4096).maxTemporaryBytes(8192).build();
        assertThatThrownBy(
                        () -> machine.load(WireReader.of(new TrickleChannel(stream, 100), small)))
                .isInstanceOf(LimitExceededException.class);
        assertThat(uart.baud).isEqualTo(1);
        assertThat(machine.failed()).isFalse();
        ReadLimits enough = small.toBuilder().maxTemporaryBytes(1 << 20).build();
        machine.load(WireReader.of(new TrickleChannel(stream, 100), enough));
        assertThat(uart.baud).isEqualTo(115_200);
    }

    @Test
    void bitmapsInNoByteOrderAreRefusedBeforeAnythingIsTouched() throws IOException {
        Machine machine = board().ramFormat(RamFormat.MAPPED_RAM).build();
        byte[] stream = machine.save();
        String header = "\0\0\0\1\0\0\0\0\0\0\20\0";
        int at = new String(stream, StandardCharsets.ISO_8859_1).indexOf(header);
        int bitmap = ByteBuffer.wrap(stream).getInt(at + header.length() + 4);
        Arrays.fill(stream, bitmap, bitmap + 8, (byte) 0xff);
        segment().set(ValueLayout.JAVA_INT, 0x3000, 43);
        uart.baud = 5;
        assertThatThrownBy(() -> machine.load(stream))
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("bits after the last page");
        assertThat(segment().get(ValueLayout.JAVA_INT, 0x3000)).isEqualTo(43);
        assertThat(uart.baud).isEqualTo(5);
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void newerIterativeDeviceIsRefusedLikeAnyOther() throws IOException {
        Machine machine = Machine.builder("board-1").iterative("steps", new Stepwise()).build();
        byte[] stream = machine.save();
        int header = new String(stream, StandardCharsets.ISO_8859_1).indexOf("\5steps");
        stream[header + 6 + 7] = 3;
        assertThatThrownBy(() -> machine.load(stream))
                .isInstanceOf(VersionTooNewException.class)
                .hasMessageStartingWith("steps: version_id 3 too new, supported 0..1");
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void otherMachineOverTheSameObjectsHasFailedAsWell() throws IOException {
        Machine machine = board().build();
        Machine sameMemory =
                Machine.builder("board-0").ram(memory).device("uart", Uart.VMSTATE, uart).build();
        Machine sameDevices = Machine.builder("board-0").device("uart", Uart.VMSTATE, uart).build();
        byte[] good = machine.save();
        console.baud = 0;
        byte[] bad = machine.save();
        console.baud = 300;
        assertThatThrownBy(() -> machine.load(bad)).isInstanceOf(RefusedException.class);
        assertThat(sameMemory.failed()).isTrue();
        assertThatThrownBy(sameMemory::save)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the last load failed after it had changed ram; load again");
        assertThat(sameDevices.failed()).isFalse();
        assertThat(sameDevices.save()).isNotEmpty();
        machine.load(good);
        assertThat(sameMemory.failed()).isFalse();
    }

    @Test
    void loadWithoutMemoryDoesNotMendMemoryThatFailed() throws IOException {
        Machine machine = board().build();
        byte[] good = machine.save();
        console.baud = 0;
        byte[] bad = machine.save();
        console.baud = 300;
        assertThatThrownBy(() -> machine.load(bad)).isInstanceOf(RefusedException.class);
        machine.load(Machine.builder("board-1").device("uart", Uart.VMSTATE, uart).build().save());
        assertThat(machine.failed()).isTrue();
        machine.load(good);
        assertThat(machine.failed()).isFalse();
    }

    /// A device whose section is not always needed.
    static final class Option {
        int value;
        boolean enabled;

        static final VMStateDescription<Option> VMSTATE =
                VMStateDescription.builder("option", Option.class, MethodHandles.lookup())
                        .needed(option -> option.enabled)
                        .fields(uint32("value"))
                        .build();
    }

    @Test
    void restoreDoesNotMendWhatTheSnapshotDoesNotContain() throws IOException {
        Option option = new Option();
        Machine machine = board().device("option", Option.VMSTATE, option).build();
        MachineState without = machine.snapshot();
        option.enabled = true;
        MachineState with = machine.snapshot();
        machine.registry().markHalfLoaded();

        machine.restore(without);
        assertThat(machine.failed()).isTrue();
        machine.restore(with);
        assertThat(machine.failed()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"PLAIN", "MAPPED_RAM"})
    void sourceThatOtherThreadsMayNotAccessLoads(RamFormat format) throws IOException {
        GuestMemory large = GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 4L << 20));
        large.segment("ram").fill((byte) 3);
        Machine machine = Machine.builder("board-1").ram(large).ramFormat(format).build();
        byte[] stream = machine.save();
        large.segment("ram").fill((byte) 4);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = arena.allocate(stream.length);
            source.copyFrom(MemorySegment.ofArray(stream));
            machine.load(WireReader.of(source, 0, ReadLimits.DEFAULT));
        }
        assertThat(machine.save()).isEqualTo(stream);
    }

    @Test
    void memoryThatNoStreamCanContainIsNotSaved() {
        Map<String, String> messages =
                Map.of(
                        "", "the name of a block has 1 to 255 bytes, not 0: ",
                        "ram", "block ram has no pages");
        messages.forEach(
                (name, message) -> {
                    long length = name.isEmpty() ? 4096 : 0;
                    GuestMemory given = GuestMemory.allocate(Arena.ofAuto(), Map.of(name, length));
                    assertThatThrownBy(Machine.builder("board-1").ram(given).build()::save)
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessage(message);
                });
    }

    /// A device during whose check the file of the stream becomes shorter.
    private static final class Shortener implements OpaqueDevice {
        private final Path file;
        private boolean active;

        Shortener(Path file) {
            this.file = file;
        }

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public byte[] save() {
            return new byte[1 << 16];
        }

        @Override
        public void verify(byte[] body, int versionId) throws IOException {
            if (active) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.truncate(100);
                }
            }
        }

        @Override
        public void load(byte[] body, int versionId) {}
    }

    @Test
    void fileThatBecomesShorterWhileAnOpaqueDeviceIsLoadedIsAnError() throws IOException {
        Path file = folder.resolve("board.mig");
        Shortener shortener = new Shortener(file);
        Machine machine = Machine.builder("board-1").opaque("device", shortener).build();
        machine.save(file);
        shortener.active = true;
        assertThatThrownBy(() -> machine.load(file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("board.mig");
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void memoryThatIsReadOnlyIsRefusedBeforeAnythingIsTouched() throws IOException {
        MemorySegment rom = MemorySegment.ofArray(new byte[4096]).asReadOnly();
        Machine machine =
                Machine.builder("board-1")
                        .ram(GuestMemory.of(new LinkedHashMap<>(Map.of("rom", rom))))
                        .device("uart", Uart.VMSTATE, uart)
                        .build();
        byte[] stream = machine.save();
        assertThatThrownBy(() -> machine.load(stream))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("the block \"rom\" is read-only");
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void deviceWithoutSectionGetsTheStateOfItsResetHook() throws IOException {
        byte[] stream =
                Machine.builder("board-1").device("uart", Uart.VMSTATE, uart).build().save();
        Machine machine =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, uart)
                        .device("uart", Uart.VMSTATE, console, o -> o.reset(() -> console.baud = 9))
                        .build();
        MachineState state = machine.snapshot();
        assertThat(machine.load(stream).missing())
                .extracting(SaveStateEntry::label)
                .containsExactly("uart#1");
        assertThat(console.baud).isEqualTo(9);
        machine.restore(state);
        assertThat(console.baud).isEqualTo(300);
    }

    @Test
    void resetIsUndoneIfTheLoadIsRefused() throws IOException {
        byte[] bad =
                Machine.builder("board-1").device("uart", Uart.VMSTATE, Uart.of(0)).build().save();
        Machine machine =
                Machine.builder("board-1")
                        .device("uart", Uart.VMSTATE, uart)
                        .device("uart", Uart.VMSTATE, console, o -> o.reset(() -> console.baud = 9))
                        .build();
        assertThatThrownBy(() -> machine.load(bad)).isInstanceOf(RefusedException.class);
        assertThat(console.baud).isEqualTo(300);
        assertThat(machine.failed()).isFalse();
    }

    @Test
    void presentStateIsPutBackWhateverTheLimitsOfTheStream() throws IOException {
        Dma dma = new Dma();
        dma.post(0);
        Machine machine =
                Machine.builder("board-1")
                        .limits(ReadLimits.builder().maxElements(2).build())
                        .device("dma", Dma.VMSTATE, dma)
                        .build();
        byte[] bad = machine.save();
        dma.requests.clear();
        for (int address = 1; address <= 5; address++) {
            dma.post(address);
        }
        MachineState state = machine.snapshot();
        assertThatThrownBy(() -> machine.load(bad)).hasMessageContaining("a request of 0");
        assertThat(dma.addresses()).containsExactly(1, 2, 3, 4, 5);
        assertThat(machine.failed()).isFalse();
        machine.restore(state);
        assertThat(dma.addresses()).containsExactly(1, 2, 3, 4, 5);
    }

    @Test
    void exceptionOfAnOpaqueDeviceIsARefusal() throws IOException {
        Machine machine = Machine.builder("board-1").opaque("blob", new Blob((byte) 1)).build();
        byte[] empty = Machine.builder("board-1").opaque("blob", new Blob()).build().save();
        assertThatThrownBy(() -> machine.load(empty))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("blob: verify threw")
                .hasCauseInstanceOf(ArrayIndexOutOfBoundsException.class);
    }

    /// A device whose hooks refuse the value 13 while they are strict.
    private static final class Unlucky {
        private int value = 1;
        private transient boolean strict = true;

        private void check() throws RefusedException {
            if (strict && value == 13) {
                throw new RefusedException("13");
            }
        }

        private static final VMStateDescription<Unlucky> VMSTATE =
                VMStateDescription.builder("unlucky", Unlucky.class, MethodHandles.lookup())
                        .preSave(Unlucky::check)
                        .preLoad(Unlucky::check)
                        .fields(uint32("value"))
                        .postLoad((unlucky, _) -> unlucky.check())
                        .build();
    }

    @Test
    void deviceThatCanBeNeitherPutBackNorSavedIsMendedByTheNextLoad() throws IOException {
        Unlucky unlucky = new Unlucky();
        Machine machine =
                Machine.builder("board-1").device("unlucky", Unlucky.VMSTATE, unlucky).build();
        byte[] good = machine.save();
        unlucky.strict = false;
        unlucky.value = 13;
        byte[] bad = machine.save();
        unlucky.value = 1;
        unlucky.strict = true;
        assertThatThrownBy(() -> machine.load(bad))
                .isInstanceOf(RefusedException.class)
                .hasMessageStartingWith("unlucky: 13")
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        assertThat(machine.failed()).isTrue();
        assertThat(unlucky.value).isEqualTo(13);
        unlucky.strict = false;
        machine.load(good);
        assertThat(machine.failed()).isFalse();
        assertThat(unlucky.value).isEqualTo(1);
    }

    @Test
    void deviceThatIsHalfLoadedNeedNotBeSavableToBeLoaded() throws IOException {
        Unlucky unlucky = new Unlucky();
        Machine machine =
                Machine.builder("board-1")
                        .device(
                                "unlucky",
                                Unlucky.VMSTATE,
                                unlucky,
                                o -> o.reset(() -> unlucky.value = unlucky.strict ? 13 : 0))
                        .build();
        byte[] good = machine.save();
        assertThatThrownBy(() -> machine.load(good)).isInstanceOf(RefusedException.class);
        assertThat(machine.failed()).isTrue();
        assertThatThrownBy(() -> machine.load(good)).hasMessageStartingWith("unlucky: 13");
        unlucky.strict = false;
        machine.load(good);
        assertThat(machine.failed()).isFalse();
    }
}
