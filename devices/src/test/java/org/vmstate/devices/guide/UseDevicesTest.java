// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.GlobalState;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.machine.Microbit;
import org.vmstate.devices.nrf51.Nrf51Uart;
import org.vmstate.savevm.Machine;
import org.vmstate.testing.Corpus;

final class UseDevicesTest {
    @TempDir private Path folder;

    @Test
    void changesAMachine() throws IOException {
        Path saved = folder.resolve("saved.mig");
        Path changed = folder.resolve("changed.mig");
        new Microbit(QemuRelease.V7_2, Arena.ofAuto()).machine().save(saved);
        UseDevices.changeMachine(saved, changed);
        Microbit microbit = new Microbit(QemuRelease.V7_2, Arena.ofAuto());
        microbit.machine().load(changed);
        assertThat(microbit.cpu.regs[0]).isEqualTo(42);
        assertThat(microbit.gpio.out).isEqualTo(8);
    }

    @Test
    void countsEvents() throws IOException {
        Path file = folder.resolve("pseries.mig");
        Files.write(file, Corpus.file("pseries-events-100.mig").bytes());
        assertThat(UseDevices.countEvents(file)).isEqualTo(5);
    }

    @Test
    void makesAMachineOfOnesOwn() throws IOException {
        GlobalState state = new GlobalState();
        Machine machine = UseDevices.ownMachine(new CpuTimers(), new Nrf51Uart(), state);
        state.setRunState("paused");
        byte[] stream = machine.save();
        state.setRunState("running");
        machine.load(stream);
        assertThat(state.runState()).isEqualTo("paused");
    }
}
