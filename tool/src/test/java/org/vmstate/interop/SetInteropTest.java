// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.tool.ToolRunner;

/// The real QEMU loads the output of `vmstate set`, has the values that were set, and takes streams
/// that it refused before.
final class SetInteropTest {
    private static final QemuMachine PC = QemuMachine.pc(4096).with("-S");

    @TempDir Path folder;

    private Path file(String name) {
        return folder.resolve(name);
    }

    private void save(QemuMachine machine, String name) throws IOException {
        try (Qemu source = machine.start()) {
            source.save(file(name));
        }
    }

    private void set(String from, String to, String... changes) {
        List<String> arguments = new ArrayList<>(List.of("set", file(from).toString()));
        arguments.addAll(List.of(changes));
        arguments.addAll(List.of("-o", file(to).toString()));
        assertThat(ToolRunner.run(arguments.toArray(String[]::new))).isEmpty();
    }

    private void assertRefused(QemuMachine machine, String name, String message) {
        assertThatThrownBy(
                        () -> {
                            try (Qemu destination = machine.startIncoming()) {
                                destination.load(file(name));
                            }
                        })
                .isInstanceOf(IOException.class)
                .hasMessageContaining(message);
    }

    private void assertLoads(QemuMachine machine, String name) throws IOException {
        try (Qemu destination = machine.startIncoming()) {
            destination.load(file(name));
            assertThat(destination.status()).isNotEqualTo("inmigrate");
        }
    }

    @Test
    void registersThatWereSetAreInTheCpu() throws Exception {
        save(PC, "saved");
        set(
                "saved",
                "edited",
                "cpu.env.regs[3]=0x12345678",
                "cpu.env.regs[0]=4_294_967_295",
                "cpu.env.eip=0b1111000011110000");
        try (Qemu destination = PC.startIncoming()) {
            destination.load(file("edited"));
            String registers = destination.monitor("info registers");
            assertThat(registers.toUpperCase(java.util.Locale.ROOT))
                    .contains("EBX=12345678", "EAX=FFFFFFFF", "EIP=0000F0F0");
        }
    }

    @Test
    void valueOfADeviceIsReadThroughTheObjectModel() throws Exception {
        save(PC, "saved");
        set("saved", "edited", "mc146818rtc.cmos_data=" + cmos());
        try (Qemu destination = PC.startIncoming()) {
            destination.load(file("edited"));
            destination.execute("stop");
            // Index and data of the CMOS, at the byte 0x40.
            destination.monitor("o /b 0x70 0x40");
            assertThat(destination.monitor("i /b 0x71")).contains("0xa5");
        }
    }

    /// The CMOS of the saved machine with another byte at 0x40.
    private String cmos() {
        String bytes =
                ToolRunner.run("get", file("saved").toString(), "mc146818rtc.cmos_data").strip();
        return bytes.substring(0, 0x80) + "a5" + bytes.substring(0x82);
    }

    @Test
    void runStateThatWasSetIsTakenOver() throws Exception {
        save(QemuMachine.pc(4096), "saved");
        set("saved", "edited", "globalstate.runstate=\"paused\"", "globalstate.size=7");
        try (Qemu destination = QemuMachine.pc(4096).startIncoming()) {
            destination.load(file("edited"));
            assertThat(destination.status()).isEqualTo("paused");
        }
    }

    @Test
    void optionRomOfAnotherSizeLoadsAfterItWasResized() throws Exception {
        Files.write(file("old.rom"), new byte[60_000]);
        Files.write(file("new.rom"), new byte[120_000]);
        QemuMachine old = PC.with("-device virtio-net-pci,addr=3,romfile=" + file("old.rom"));
        QemuMachine upgraded = PC.with("-device virtio-net-pci,addr=3,romfile=" + file("new.rom"));
        String block = "0000:00:03.0/virtio-net-pci.rom";
        save(old, "saved");
        assertRefused(upgraded, "saved", "Size mismatch: " + block);
        set("saved", "edited", "--resize-block", block + "=128K");
        assertLoads(upgraded, "edited");
        set("edited", "back", "--resize-block", block + "=0x10000");
        assertLoads(old, "back");
    }

    @Test
    void deviceThatTheDestinationLacksIsDropped() throws Exception {
        QemuMachine more = PC.with("-device virtio-rng-pci,addr=4");
        save(more, "saved");
        assertRefused(PC, "saved", "virtio-rng");
        set("saved", "edited", "--drop-section", "0000:00:04.0/virtio-rng");
        assertLoads(PC, "edited");
    }

    @Test
    void blockAndDeviceOfAnotherAddressAreRenamed() throws Exception {
        Files.write(file("a.rom"), new byte[60_000]);
        String device = "-device e1000,romfile=" + file("a.rom") + ",addr=";
        save(PC.with(device + "3"), "saved");
        assertRefused(PC.with(device + "5"), "saved", "0000:00:03.0");
        set(
                "saved",
                "edited",
                "--rename-section",
                "0000:00:03.0/e1000=0000:00:05.0/e1000",
                "--rename-block",
                "0000:00:03.0/e1000.rom=0000:00:05.0/e1000.rom");
        assertLoads(PC.with(device + "5"), "edited");
    }

    @Test
    void subsectionThatTheDestinationDoesNotKnowIsDropped() throws Exception {
        PseriesEvents.save(file("saved"), 2);
        set("saved", "edited", "--drop-subsection", "spapr/spapr_pending_events");
        try (Qemu destination = PseriesEvents.load(file("edited"))) {
            assertThat(destination.status()).isEqualTo("running");
        }
    }
}
