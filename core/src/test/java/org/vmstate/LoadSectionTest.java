// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.testing.StreamBytes.stream;

import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;

final class LoadSectionTest {
    private static final class Registers {
        int x;

        static final VMStateDescription<Registers> VMSTATE =
                VMStateDescription.builder("r", Registers.class, MethodHandles.lookup())
                        .fields(uint32("x"))
                        .build();
    }

    private static final class Machine {
        final Registers r = new Registers();

        static final VMStateDescription<Machine> VMSTATE =
                VMStateDescription.builder("d", Machine.class, MethodHandles.lookup())
                        .versionId(3)
                        .minimumVersionId(2)
                        .fields(struct("r", Registers.VMSTATE))
                        .build();
    }

    private record Point(int x) {
        static final VMStateDescription<Point> VMSTATE =
                VMStateDescription.builder("p", Point.class, MethodHandles.lookup())
                        .fields(uint32("x"))
                        .build();
    }

    private static Section section(long version, String body) {
        return new Section.Full(
                0, new SectionIdentity("dev", 2, version), Body.of(HexFormat.of().parseHex(body)));
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 3})
    void sectionThatEndsInAStructIsLoadedAtTheVersionOfItsHeader(long version) throws Exception {
        Machine loaded =
                Machine.VMSTATE.load(
                        section(version, "00000005"), Machine::new, ReadLimits.DEFAULT);
        assertThat(loaded.r.x).isEqualTo(5);
    }

    @Test
    void recordIsLoadedWithoutItsFactory() throws Exception {
        assertThat(
                        Point.VMSTATE.load(
                                section(1, "00000009"),
                                () -> {
                                    throw new AssertionError("a record has no use for it");
                                },
                                ReadLimits.DEFAULT))
                .isEqualTo(new Point(9));
    }

    @Test
    void bytesThatAreLeftAreNamedWithTheirPlace() {
        assertThatThrownBy(
                        () ->
                                Machine.VMSTATE.load(
                                        section(3, "0000000500"), Machine::new, ReadLimits.DEFAULT))
                .isInstanceOf(CorruptException.class)
                .hasMessage("dev#2: 1 of 5 bytes follow the last field of d (offset 0x4)");
    }

    @Test
    void errorsBeginWithTheSection() {
        assertThatThrownBy(
                        () ->
                                Machine.VMSTATE.load(
                                        section(3, "0000"), Machine::new, ReadLimits.DEFAULT))
                .isInstanceOf(TruncatedException.class)
                .hasMessageStartingWith("dev#2 > r > x: ");
        assertThatThrownBy(
                        () ->
                                Machine.VMSTATE.load(
                                        section(1, "00000005"), Machine::new, ReadLimits.DEFAULT))
                .isInstanceOf(VersionTooOldException.class)
                .hasMessageStartingWith("dev#2: version_id 1 too old, supported 2..3");
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 0x7fff_ffffL, 0x8000_0003L, 0xffff_ffffL})
    void versionNewerThanTheDescriptionIsRejected(long version) {
        assertThatThrownBy(
                        () ->
                                Machine.VMSTATE.load(
                                        section(version, "00000005"),
                                        Machine::new,
                                        ReadLimits.DEFAULT))
                .isInstanceOfSatisfying(
                        VersionTooNewException.class, e -> assertThat(e.found()).isEqualTo(version))
                .hasMessageStartingWith("dev#2: version_id " + version + " too new");
    }

    @Test
    void deviceOfAMachineIsLoadedInOneCall() throws Exception {
        byte[] bytes =
                stream().full(0, "d", 0, 3).hex("00000007").footer(0).endOfStream().toByteArray();
        SavedMachine machine = SavedMachine.read(MachineReader.of(WireReader.of(bytes)));
        List<Integer> loaded = new ArrayList<>();
        for (Device device : machine.devices()) {
            Device.Whole whole = device.whole().orElseThrow();
            loaded.add(whole.load(Machine.VMSTATE, Machine::new, ReadLimits.DEFAULT).r.x);
        }
        assertThat(loaded).containsExactly(7);
    }

    @Test
    void closedReaderIsTheCallersMistakeAndNoFaultOfTheState() throws Exception {
        WireReader reader = WireReader.of(new byte[4]);
        reader.close();

        assertThatThrownBy(() -> Registers.VMSTATE.load(reader, new Registers(), 1))
                .isExactlyInstanceOf(IllegalStateException.class)
                .hasMessage("the reader is closed");
        assertThatThrownBy(() -> Registers.VMSTATE.verify(reader, 1))
                .isExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void sectionOfAClosedFileIsTheCallersMistake(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("r"), new byte[4]);
        Section section;
        try (WireReader reader = WireReader.open(file, ReadLimits.DEFAULT)) {
            section =
                    new Section.Full(
                            0,
                            new SectionIdentity("r", 0, 1),
                            new Body.Present(0, reader.view(0, 4)));
        }

        assertThatThrownBy(
                        () -> Registers.VMSTATE.load(section, Registers::new, ReadLimits.DEFAULT))
                .isExactlyInstanceOf(IllegalStateException.class);
    }
}
