// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.devices.CpuCommon;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.GlobalState;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.UserNetwork;
import org.vmstate.devices.arm.Armv7m;
import org.vmstate.devices.arm.CortexM0Cpu;
import org.vmstate.devices.arm.Nvic;
import org.vmstate.devices.arm.SysTick;
import org.vmstate.devices.nrf51.MicrobitI2c;
import org.vmstate.devices.nrf51.Nrf51Gpio;
import org.vmstate.devices.nrf51.Nrf51Nvm;
import org.vmstate.devices.nrf51.Nrf51Rng;
import org.vmstate.devices.nrf51.Nrf51Timer;
import org.vmstate.devices.nrf51.Nrf51Uart;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.Machine;

/// A micro:bit: `qemu-system-arm -M microbit`.
///
/// Streams of QEMU 5.2, 7.2, 10.0 and 11.1 are loaded, and saved with the same bytes from the end
/// of the memory on: sections, their order and ids, and the description text. The QEMU that wrote a
/// stream loads what was saved and runs it. The memory is saved in one PART section.
///
/// Without `-nic none`, QEMU adds a network in user mode: see [#withNetwork].
public final class Microbit {
    /// The blocks `nrf51_soc.flash` and `nrf51.sram`.
    public final GuestMemory memory;

    /// The clocks.
    public final CpuTimers timers = new CpuTimers();

    /// The common part of the processor.
    public final CpuCommon cpuCommon = new CpuCommon();

    /// The processor.
    public final CortexM0Cpu cpu = new CortexM0Cpu();

    /// The interrupt controller.
    public final Nvic nvic = new Nvic();

    /// The system timer.
    public final SysTick sysTick = new SysTick();

    /// The clocks of the processor; not in 5.2.
    public final Armv7m armv7m = new Armv7m();

    /// The serial interface.
    public final Nrf51Uart uart = new Nrf51Uart();

    /// The random number generator.
    public final Nrf51Rng rng = new Nrf51Rng();

    /// The flash controller.
    public final Nrf51Nvm nvm = new Nrf51Nvm();

    /// The pins.
    public final Nrf51Gpio gpio = new Nrf51Gpio();

    /// The three timers.
    public final List<Nrf51Timer> timer =
            List.of(new Nrf51Timer(), new Nrf51Timer(), new Nrf51Timer());

    /// The I²C interface.
    public final MicrobitI2c i2c = new MicrobitI2c();

    /// The run state.
    public final GlobalState globalState = new GlobalState();

    private final @Nullable UserNetwork network;
    private final Machine machine;

    /// Creates the machine as a release saves it with `-nic none`.
    ///
    /// @param arena what the memory is allocated in
    public Microbit(QemuRelease release, Arena arena) {
        this(release, arena, null);
    }

    /// Creates the machine as a release saves it with its network in user mode.
    ///
    /// @param arena what the memory is allocated in
    public static Microbit withNetwork(QemuRelease release, Arena arena) {
        return new Microbit(release, arena, new UserNetwork());
    }

    private Microbit(QemuRelease release, Arena arena, @Nullable UserNetwork network) {
        this.network = network;
        Map<String, Long> blocks = new LinkedHashMap<>();
        blocks.put("nrf51_soc.flash", 0x40000L);
        blocks.put("nrf51.sram", 0x4000L);
        memory = GuestMemory.allocate(arena, blocks);
        QemuRules rules = new QemuRules(release, network);
        Machine.Builder builder =
                rules.machine("microbit", memory, timers)
                        .pageSize(1024)
                        .device("cpu_common", CpuCommon.VMSTATE, cpuCommon, rules::firstDevice)
                        .device("cpu", CortexM0Cpu.vmstate(release), cpu);
        if (release.atLeast(QemuRelease.V7_2)) {
            builder.device("armv7m_nvic", Nvic.VMSTATE, nvic)
                    .device("armv7m_systick", SysTick.vmstate(release), sysTick)
                    .device("armv7m", Armv7m.VMSTATE, armv7m);
        } else {
            builder.device("armv7m_systick", SysTick.vmstate(release), sysTick)
                    .device("armv7m_nvic", Nvic.VMSTATE, nvic);
        }
        builder.device("nrf51_soc.uart", Nrf51Uart.VMSTATE, uart)
                .device("nrf51_soc.rng", Nrf51Rng.VMSTATE, rng)
                .device("nrf51_soc.nvm", Nrf51Nvm.VMSTATE, nvm)
                .device("nrf51_soc.gpio", Nrf51Gpio.VMSTATE, gpio);
        for (Nrf51Timer one : timer) {
            builder.device("nrf51_soc.timer", Nrf51Timer.VMSTATE, one);
        }
        machine =
                builder.device("microbit.i2c", MicrobitI2c.VMSTATE, i2c)
                        .device("globalstate", GlobalState.vmstate(release), globalState)
                        .build();
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
