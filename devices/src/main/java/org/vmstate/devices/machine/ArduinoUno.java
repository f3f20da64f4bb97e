// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.devices.CpuCommon;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.GlobalState;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.UserNetwork;
import org.vmstate.devices.avr.AvrCpu;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.Machine;

/// An Arduino Uno: `qemu-system-avr -M uno`.
///
/// Streams of QEMU 5.2, 7.2, 10.0 and 11.1 are loaded, and saved with the same bytes from the end
/// of the memory on: sections, their order and ids, and the description text. The QEMU that wrote a
/// stream loads what was saved and runs it, except 11.1, which crashes when it loads any stream of
/// this machine, its own too. The memory is saved in one PART section. Timers, serial interface and
/// power management of the board have no state in these releases.
///
/// Without `-nic none`, QEMU adds a network in user mode: see [#withNetwork].
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

    private final @Nullable UserNetwork network;
    private final Machine machine;

    /// Creates the machine as a release saves it with `-nic none`.
    ///
    /// @param arena what the memory is allocated in
    public ArduinoUno(QemuRelease release, Arena arena) {
        this(release, arena, null);
    }

    /// Creates the machine as a release saves it with its network in user mode.
    ///
    /// @param arena what the memory is allocated in
    public static ArduinoUno withNetwork(QemuRelease release, Arena arena) {
        return new ArduinoUno(release, arena, new UserNetwork());
    }

    private ArduinoUno(QemuRelease release, Arena arena, @Nullable UserNetwork network) {
        this.network = network;
        Map<String, Long> blocks = new LinkedHashMap<>();
        blocks.put("flash", 0x8000L);
        if (release.atLeast(QemuRelease.V11_1)) {
            blocks.put("sram-as-io", 0x1000L);
        }
        blocks.put("sram", 0x1000L);
        memory = GuestMemory.allocate(arena, blocks);
        QemuRules rules = new QemuRules(release, network);
        Machine.Builder builder =
                rules.machine("arduino-uno", memory, timers)
                        .pageSize(release.atLeast(QemuRelease.V11_1) ? 1024 : 256);
        if (release == QemuRelease.V5_2) {
            builder.device("cpu_common", CpuCommon.VMSTATE, cpuCommon, rules::firstDevice)
                    .device("cpu", AvrCpu.vmstate(release), cpu);
        } else {
            builder.device("cpu", AvrCpu.vmstate(release), cpu, rules::firstDevice);
        }
        machine = builder.device("globalstate", GlobalState.vmstate(release), globalState).build();
    }

    /// The network in user mode, if the machine has one.
    public Optional<UserNetwork> network() {
        return Optional.ofNullable(network);
    }

    /// The machine, which loads and saves all of this.
    public Machine machine() {
        return machine;
    }
}
