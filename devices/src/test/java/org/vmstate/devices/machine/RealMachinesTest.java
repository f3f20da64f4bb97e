// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;
import org.vmstate.devices.QemuRelease;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.Machine;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.VMStateException;

/// Loads whole machines from real streams and saves them as QEMU did.
final class RealMachinesTest {
    private static void loadAndSave(String file, Machine machine) throws IOException {
        byte[] qemus = Corpus.file(file).bytes();
        LoadReport report = machine.load(qemus);
        assertThat(report.missing()).isEmpty();
        byte[] saved = machine.save();
        DevicePart.assertSame(saved, qemus, machine);
        machine.load(saved);
        assertThat(machine.save()).isEqualTo(saved);
    }

    @Test
    void arduinoUnoIsSavedAsQemuSavedIt() throws IOException {
        ArduinoUno uno = ArduinoUno.withNetwork(QemuRelease.V10_0, Arena.ofAuto());
        loadAndSave("avr-100.mig", uno.machine());
        assertThat(uno.globalState.runState()).isEqualTo("prelaunch");
    }

    @Test
    void microbitIsSavedAsQemuSavedIt() throws IOException {
        Microbit microbit = Microbit.withNetwork(QemuRelease.V7_2, Arena.ofAuto());
        loadAndSave("arm-microbit-72.mig", microbit.machine());
        assertThat(microbit.globalState.runState()).isEqualTo("prelaunch");
        assertThat(microbit.nvic.vectors[2].prio).isEqualTo((short) -2); // NMI
        assertThat(microbit.armv7m.cpuclk.period).isPositive();
        assertThat(microbit.nvm.uicrContent).containsOnly(-1);
    }

    @Test
    void networkOfAMachineWithoutOneIsRefusedByName() {
        ArduinoUno uno = new ArduinoUno(QemuRelease.V10_0, Arena.ofAuto());
        assertThatThrownBy(() -> uno.machine().load(Corpus.file("avr-100.mig").bytes()))
                .isInstanceOf(VMStateException.class)
                .hasMessageContaining("Unknown section or instance \"slirp\" 0");
    }
}
