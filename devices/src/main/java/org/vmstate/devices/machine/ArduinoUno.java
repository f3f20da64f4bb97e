// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.devices.CpuCommon;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.GlobalState;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.avr.AvrCpu;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.Machine;

/// An Arduino Uno: `qemu-system-avr -M uno -nic none`.
///
/// Streams of QEMU 5.2, 7.2, 10.0 and 11.1 are loaded, and saved with the same bytes from the end
/// of the memory on: sections, their order and ids, and the description text. The QEMU that wrote a
/// stream loads what was saved and runs it, except 11.1, which crashes when it loads any stream of
/// this machine, its own too. The memory is saved in one PART section. Timers, serial interface and
/// power management of the board have no state in these releases.
///
/// Without `-nic none`, QEMU adds the section `slirp`, which is unknown here.
public final class ArduinoUno {
    /// The blocks `flash` and `sram`, with `sram-as-io` between them from 11.1 on.
    public final GuestMemory memory;

    /// The clocks.
    public final CpuTimers timers = new CpuTimers();

    /// The common part of the processor; only saved by 5.2.
    public final CpuCommon cpuCommon = new CpuCommon();

    /// The processor.
    public final AvrCpu cpu = new AvrCpu();

    /// The run state.
    public final GlobalState globalState = new GlobalState();

    private final Machine machine;

    /// Creates the machine as a release saves it.
    ///
    /// @param arena what the memory is allocated in
    public ArduinoUno(QemuRelease release, Arena arena) {
        Map<String, Long> blocks = new LinkedHashMap<>();
        blocks.put("flash", 0x8000L);
        if (release.atLeast(QemuRelease.V11_1)) {
            blocks.put("sram-as-io", 0x1000L);
        }
        blocks.put("sram", 0x1000L);
        memory = GuestMemory.allocate(arena, blocks);
        QemuRules rules = new QemuRules(release);
        Machine.Builder builder =
                rules.machine("arduino-uno")
                        .pageSize(release.atLeast(QemuRelease.V11_1) ? 1024 : 256)
                        .device("timer", CpuTimers.VMSTATE, timers)
                        .ram(memory, rules::ram);
        if (release == QemuRelease.V5_2) {
            builder.device("cpu_common", CpuCommon.VMSTATE, cpuCommon, rules::firstDevice)
                    .device("cpu", AvrCpu.vmstate(release), cpu);
        } else {
            builder.device("cpu", AvrCpu.vmstate(release), cpu, rules::firstDevice);
        }
        machine = builder.device("globalstate", GlobalState.vmstate(release), globalState).build();
    }

    /// The machine, which loads and saves all of this.
    public Machine machine() {
        return machine;
    }
}
