// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.RamFormat;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;
import org.vmstate.savevm.MachineState;
import org.vmstate.savevm.SaveStateEntry;
import org.vmstate.savevm.SaveStateRegistry;
import org.vmstate.savevm.SnapshotFolder;
import org.vmstate.wire.VMStateException;

/// The machine of `docs/guide/build-a-machine.md`.
final class BuildMachine {
    private BuildMachine() {}

    static final class Timer {
        int count;
        int period = 1000;

        static final VMStateDescription<Timer> VMSTATE =
                VMStateDescription.builder("timer", Timer.class, MethodHandles.lookup())
                        .fields(uint32("count"), uint32("period"))
                        .build();
    }

    static final class Uart {
        byte received;
        boolean ready;

        static final VMStateDescription<Uart> VMSTATE =
                VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                        .fields(uint8("received"), bool("ready"))
                        .build();
    }

    static final class Board {
        final Timer timer = new Timer();
        final Uart uart = new Uart();
        final GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 16L << 20));
        final Machine machine =
                Machine.builder("acme-board-1")
                        .ram(memory)
                        .device("timer", Timer.VMSTATE, timer)
                        .device("uart", Uart.VMSTATE, uart)
                        .build();
    }

    static void saveAndLoad(Path file) throws IOException {
        Board board = new Board();
        board.timer.count = 17;
        board.machine.save(file);

        Board other = new Board();
        LoadReport report = other.machine.load(file);
        System.out.println(other.timer.count + " " + report.missing()); // 17 []
    }

    static String loaded(Board board, byte[] stream) throws IOException {
        try {
            board.machine.load(stream);
            return "loaded";
        } catch (VMStateException e) {
            return (board.machine.failed() ? "failed: " : "as before: ") + e.getMessage();
        }
    }

    static final class Dma {
        static final class Request {
            int source;
            int target;
            int length;
            final TailQueue.Link<Request> next = new TailQueue.Link<>();

            static final VMStateDescription<Request> VMSTATE =
                    VMStateDescription.builder("request", Request.class, MethodHandles.lookup())
                            .fields(uint32("source"), uint32("target"), uint32("length"))
                            .build();
        }

        final TailQueue<Request> requests = new TailQueue<>(request -> request.next);
        int completed;

        private void reset() {
            requests.clear();
            completed = 0;
        }

        static final VMStateDescription<Dma> VMSTATE =
                VMStateDescription.builder("dma", Dma.class, MethodHandles.lookup())
                        .preLoad(Dma::reset)
                        .fields(
                                uint32("completed"),
                                qtailq("requests", 1, Request.VMSTATE, Request::new))
                        .build();
    }

    static Machine withResetHook(Dma dma) {
        return Machine.builder("acme-board-2")
                .device("dma", Dma.VMSTATE, dma, options -> options.reset(dma::reset))
                .build();
    }

    static final class Ring {
        private final MachineState[] states = {
            new MachineState(), new MachineState(), new MachineState(), new MachineState()
        };
        private int next;
        private int taken;

        void take(Machine machine) throws IOException {
            machine.snapshot(states[next]);
            next = (next + 1) % states.length;
            taken = Math.min(taken + 1, states.length);
        }

        void rewind(Machine machine) throws IOException {
            if (taken > 0) {
                taken--;
                next = (next + states.length - 1) % states.length;
                machine.restore(states[next]);
            }
        }
    }

    static List<String> named(Machine machine, Path folder) throws IOException {
        SnapshotFolder snapshots = new SnapshotFolder(folder);
        snapshots.save(machine, "before the boot");
        snapshots.load(machine, "before the boot");
        return snapshots.names();
    }

    /// The thread of an emulator, which runs slices of the machine under a lock.
    static final class Runner implements MachineControl {
        private boolean running;

        @Override
        public synchronized boolean running() {
            return running;
        }

        @Override
        public synchronized void stop() {
            running = false; // the lock is free, so no slice is being executed
        }

        @Override
        public synchronized void resume() {
            running = true;
            notifyAll();
        }

        /// Called by the thread in a loop.
        synchronized void slice(Runnable instructions) throws InterruptedException {
            while (!running) {
                wait();
            }
            instructions.run();
        }
    }

    static void plugAndUnplug(Machine machine) {
        SaveStateRegistry registry = machine.registry();
        SaveStateEntry second = registry.register("uart", Uart.VMSTATE, new Uart(), _ -> {});
        SaveStateRegistry.Blocker blocker = registry.block("a disk is being copied");
        registry.unblock(blocker);
        registry.unregister(second);
    }

    static MemorySegment interpreted(GuestMemory memory) {
        return memory.segment("ram");
    }

    static GuestMemory marked(byte[] ram) {
        GuestMemory memory =
                GuestMemory.of(new LinkedHashMap<>(Map.of("ram", MemorySegment.ofArray(ram))))
                        .withDirtyPages();
        return memory;
    }

    static void store(byte[] ram, DirtyPages.Marks marks, int offset, byte value) {
        ram[offset] = value;
        marks.mark(offset, 1);
    }

    record Clock(long seconds, int nanos) {
        static final VMStateDescription<Clock> VMSTATE =
                VMStateDescription.builder("clock", Clock.class, MethodHandles.lookup())
                        .fields(uint64("seconds"), uint32("nanos"))
                        .build();
    }

    /// An emulator that keeps its clock as a record.
    static final class ClockBoard {
        private Clock now = new Clock(0, 0);

        Clock now() {
            return now;
        }

        void set(Clock clock) {
            now = clock;
        }

        Machine machine() {
            return Machine.builder("acme-board-1")
                    .memento("clock", Clock.VMSTATE, this::now, this::set)
                    .ramFormat(RamFormat.MAPPED_RAM)
                    .build();
        }
    }
}
