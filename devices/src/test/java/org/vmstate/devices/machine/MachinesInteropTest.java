// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.devices.QemuRelease;
import org.vmstate.savevm.Machine;
import org.vmstate.testing.Firmware;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.testing.Tools;

/// Whole machines go from a real QEMU to Java objects and back into that QEMU, which runs them.
final class MachinesInteropTest {
    private static final long UNO_COUNTER = 0x800200; // data space begins at 0x800000
    private static final long MICROBIT_COUNTER = 0x20000010;

    @TempDir private Path folder;

    @Test
    void arduinoUnoSavedByJavaRunsInQemu() throws IOException {
        Path saved = folder.resolve("saved.mig");
        Path again = folder.resolve("again.mig");
        QemuRelease release = save(QemuMachine.arduinoUno(), UNO_COUNTER, saved);
        if (release == QemuRelease.V11_1) {
            Tools.missing("QEMU 11.1 crashes when it loads its own stream of an Arduino Uno");
        }
        ArduinoUno uno = new ArduinoUno(release, Arena.ofAuto());
        loadAndCompare(uno.machine(), saved);
        uno.machine().save(again);
        try (Qemu destination = QemuMachine.arduinoUno().startIncoming()) {
            destination.load(again);
            assertThat(destination.status()).isEqualTo("running");
            awaitChange(destination, UNO_COUNTER);
        }
    }

    @Test
    void microbitChangedInJavaRunsInQemu() throws IOException {
        Path flash = Files.write(folder.resolve("flash"), Firmware.microbit());
        QemuMachine machine =
                QemuMachine.microbit()
                        .with("-device loader,file=" + flash + ",addr=0,force-raw=on");
        Path saved = folder.resolve("saved.mig");
        Path again = folder.resolve("again.mig");
        QemuRelease release = save(machine, MICROBIT_COUNTER, saved);
        Microbit microbit = new Microbit(release, Arena.ofAuto());
        loadAndCompare(microbit.machine(), saved);
        assertThat(microbit.cpu.regs[0]).isBetween(1, 0x40000000);
        microbit.cpu.regs[0] = 0x40000000;
        microbit.machine().save(again);
        try (Qemu destination = machine.startIncoming()) {
            destination.load(again);
            assertThat(destination.status()).isEqualTo("running");
            awaitChange(destination, MICROBIT_COUNTER);
            assertThat(word(destination, MICROBIT_COUNTER)).isGreaterThan(0x40000000);
        }
    }

    /// Runs a machine until its counter moves and saves it; returns the release of its QEMU.
    private static QemuRelease save(QemuMachine machine, long counter, Path file)
            throws IOException {
        try (Qemu source = machine.start()) {
            String version = source.version();
            String name = "V" + version.substring(0, version.lastIndexOf('.')).replace('.', '_');
            QemuRelease release =
                    Arrays.stream(QemuRelease.values())
                            .filter(r -> r.name().equals(name))
                            .findFirst()
                            .orElse(null);
            if (release == null) {
                Tools.missing("the machines are not declared for QEMU " + version);
            }
            awaitChange(source, counter);
            source.save(file);
            return release;
        }
    }

    private static void loadAndCompare(Machine machine, Path saved) throws IOException {
        assertThat(machine.load(saved).missing()).isEmpty();
        DevicePart.assertSame(machine.save(), Files.readAllBytes(saved), machine);
    }

    private static void awaitChange(Qemu machine, long address) throws IOException {
        int before = word(machine, address);
        while (word(machine, address) == before) {
            LockSupport.parkNanos(20_000_000);
        }
    }

    /// Reads a word of memory as the processor sees it; not all memory of a micro:bit is in the
    /// system's address space.
    private static int word(Qemu machine, long address) throws IOException {
        String line = machine.monitor("xp /1xw 0x" + Long.toHexString(address)).strip();
        return Integer.parseUnsignedInt(line.substring(line.lastIndexOf("0x") + 2), 16);
    }
}
