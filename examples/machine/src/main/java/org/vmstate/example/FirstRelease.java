// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import org.vmstate.VMStateDescription;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;

/// The machine as release 1 of the program declared it, for trying and testing what a program that
/// knows nothing of release 2 does. A real program has these declarations in its history only.
///
/// Compare them with those of [Timer], [Uart] and [DmaEngine].
final class FirstRelease {
    private FirstRelease() {}

    private static final VMStateDescription<Timer> TIMER =
            VMStateDescription.builder("timer", Timer.class, lookup(Timer.class))
                    .fields(uint32("count"), uint32("period"))
                    .build();

    private static final VMStateDescription<Uart> UART =
            VMStateDescription.builder("uart", Uart.class, lookup(Uart.class))
                    .fields(uint8("received"), bool("ready"))
                    .build();

    private static final VMStateDescription<DmaEngine.Counters> COUNTERS =
            VMStateDescription.builder(
                            "dma-counters",
                            DmaEngine.Counters.class,
                            lookup(DmaEngine.Counters.class))
                    .fields(uint32("completed"))
                    .build();

    private static final VMStateDescription<DmaEngine> DMA =
            VMStateDescription.builder("dma", DmaEngine.class, lookup(DmaEngine.class))
                    .preLoad(DmaEngine::reset)
                    .fields(
                            uint32("source"),
                            uint32("target"),
                            uint32("length"),
                            struct("counters", COUNTERS),
                            qtailq(
                                    "requests",
                                    1,
                                    DmaEngine.Request.VMSTATE,
                                    DmaEngine.Request::new))
                    .build();

    /// Returns the machine of a board as release 1 saves and loads it.
    static Machine machine(Board board) {
        return builder(board).build();
    }

    /// Returns the same machine, with what stops it before it is saved or migrated.
    static Machine machine(Board board, MachineControl control) {
        return builder(board).control(control).build();
    }

    private static Machine.Builder builder(Board board) {
        return Machine.builder("example-board-1")
                .ram(board.memory())
                .device("cpu", Cpu.VMSTATE, board.cpu())
                .device("pic", InterruptController.VMSTATE, board.interrupts())
                .device("timer", TIMER, board.timer())
                .device("uart", UART, board.uart())
                .device("dma", DMA, board.dma());
    }

    private static Lookup lookup(Class<?> device) {
        try {
            return MethodHandles.privateLookupIn(device, MethodHandles.lookup());
        } catch (IllegalAccessException e) {
            throw new LinkageError("a class of this package", e);
        }
    }
}
