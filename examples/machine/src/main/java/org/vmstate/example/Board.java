// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.util.function.IntConsumer;
import org.vmstate.migration.PagesOnDemand;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;

/// The computer: a processor, memory, and peripherals around them.
///
/// It runs on the thread that calls [#run]: that of the terminal, which also saves and loads it, so
/// that nothing has to be stopped, or that of a [Runner], which a migration stops. What it does
/// depends on its state only.
final class Board {
    static final int RAM_BYTES = 16 << 20;
    static final int UART = Bus.address(0);
    static final int TIMER = Bus.address(1);
    static final int INTERRUPTS = Bus.address(2);
    static final int DMA = Bus.address(3);

    /// The number of cycles between two ticks of the peripherals.
    static final int TICK_CYCLES = 64;

    private final Ram ram;
    private final InterruptController interrupts = new InterruptController();
    private final Timer timer = new Timer(interrupts);
    private final Uart uart;
    private final DmaEngine dma;
    private final Cpu cpu;

    /// Creates the computer after power-on, with its program in the memory.
    ///
    /// @param output receives the bytes that the computer sends
    Board(int ramBytes, IntConsumer output) {
        ram = new Ram(ramBytes);
        uart = new Uart(interrupts, output);
        dma = new DmaEngine(interrupts, ram);
        cpu = new Cpu(new Bus(ram, uart, timer, interrupts, dma));
        int[] program = Program.words();
        for (int i = 0; i < program.length; i++) {
            ram.putWord(i * Integer.BYTES, program[i]);
        }
    }

    /// Returns the machine as this release saves and loads it. It loads what release 1 saved: under
    /// the machine's old name, with the interrupt controller's old name.
    Machine machine() {
        return builder().build();
    }

    /// Returns the same machine, with what stops it before it is saved or migrated.
    Machine machine(MachineControl control) {
        return builder().control(control).build();
    }

    private Machine.Builder builder() {
        return Machine.builder("example-board-2")
                .alias("example-board-1")
                .ram(ram.memory())
                .device("cpu", Cpu.VMSTATE, cpu)
                .device(
                        "interrupt-controller",
                        InterruptController.VMSTATE,
                        interrupts,
                        options -> options.alias("pic"))
                .device("timer", Timer.VMSTATE, timer)
                .device("uart", Uart.VMSTATE, uart)
                .device("dma", DmaEngine.VMSTATE, dma);
    }

    /// Returns the machine as it is saved for release 1: under the names and with the versions of
    /// that release.
    Machine machineForFirstRelease() {
        return Machine.builder("example-board-1")
                .ram(ram.memory())
                .device("cpu", Cpu.VMSTATE, cpu)
                .device("pic", InterruptController.VMSTATE, interrupts)
                .device("timer", Timer.VMSTATE, timer, options -> options.saveVersion(1))
                .device("uart", Uart.VMSTATE, uart)
                .device("dma", DmaEngine.VMSTATE, dma, options -> options.saveVersion(1))
                .build();
    }

    GuestMemory memory() {
        return ram.memory();
    }

    PagesOnDemand pagesOnDemand() {
        return ram;
    }

    Cpu cpu() {
        return cpu;
    }

    InterruptController interrupts() {
        return interrupts;
    }

    Timer timer() {
        return timer;
    }

    Uart uart() {
        return uart;
    }

    DmaEngine dma() {
        return dma;
    }

    /// Lets the computer run for a number of cycles.
    void run(long count) {
        long end = cpu.cycles() + count;
        while (cpu.cycles() != end) {
            long untilTick = TICK_CYCLES - Long.remainderUnsigned(cpu.cycles(), TICK_CYCLES);
            cpu.run((int) Math.min(untilTick, end - cpu.cycles()));
            if (Long.remainderUnsigned(cpu.cycles(), TICK_CYCLES) == 0) {
                timer.tick();
                dma.tick();
                cpu.interrupt(interrupts.asserted());
            }
        }
    }

    /// Sends text to the computer's serial port.
    void type(String text) {
        text.chars().forEach(c -> uart.receive((byte) c));
    }
}
