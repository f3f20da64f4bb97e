// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.guide;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.GlobalState;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.machine.Microbit;
import org.vmstate.devices.nrf51.Nrf51Uart;
import org.vmstate.devices.spapr.SpaprMachine;
import org.vmstate.inspect.MachineReader;
import org.vmstate.savevm.Machine;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The code of `docs/guide/devices.md`.
final class UseDevices {
    private UseDevices() {}

    static void changeMachine(Path saved, Path changed) throws IOException {
        Microbit microbit = new Microbit(QemuRelease.V7_2, Arena.ofAuto());
        microbit.machine().load(saved);
        microbit.cpu.regs[0] = 42;
        microbit.gpio.out |= 1 << 3;
        microbit.machine().save(changed);
    }

    static int countEvents(Path file) throws IOException {
        try (WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            MachineReader reader = MachineReader.of(in);
            for (StreamElement e = reader.next(); e != null; e = reader.next()) {
                if (e instanceof Section.Full section
                        && section.identity().idString().equals("spapr")) {
                    SpaprMachine spapr =
                            SpaprMachine.VMSTATE.load(
                                    section, SpaprMachine::new, ReadLimits.DEFAULT);
                    return spapr.pendingEvents.size();
                }
            }
            return 0;
        }
    }

    static Machine ownMachine(CpuTimers timers, Nrf51Uart uart, GlobalState state) {
        return Machine.builder("acme-board-1")
                .device("timer", CpuTimers.VMSTATE, timers)
                .device("nrf51_soc.uart", Nrf51Uart.VMSTATE, uart)
                .device("globalstate", GlobalState.vmstate(QemuRelease.V11_1), state)
                .build();
    }
}
