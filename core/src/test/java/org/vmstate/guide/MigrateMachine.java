// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.guide.BuildMachine.Timer;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.MigrationDestination;
import org.vmstate.migration.MigrationParameters;
import org.vmstate.migration.MigrationSource;
import org.vmstate.migration.MigrationStatus;
import org.vmstate.migration.PagesOnDemand;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.PresentPages;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;
import org.vmstate.transport.MigrationAddress;

/// The machine of `docs/guide/migrate-a-machine.md`.
final class MigrateMachine {
    private MigrateMachine() {}

    static final class Board implements MachineControl, PagesOnDemand {
        final Timer timer = new Timer();
        final GuestMemory memory =
                GuestMemory.allocate(Arena.ofShared(), Map.of("ram", 16L << 20)).withDirtyPages();
        final MemorySegment ram = memory.segment("ram");
        final DirtyPages.Marks marks =
                memory.dirtyPages().orElseThrow().marks(memory.find("ram").orElseThrow());
        final Machine machine =
                Machine.builder("acme-board-1")
                        .ram(memory)
                        .device("timer", Timer.VMSTATE, timer)
                        .control(this)
                        .build();

        private @Nullable Thread cpu;
        private volatile boolean stopping;

        private volatile PresentPages.@Nullable Pages pages;

        @Override
        public void begin(PresentPages present) {
            pages = present.pages(memory.find("ram").orElseThrow());
        }

        @Override
        public void end() {
            pages = null;
        }

        private int load(long offset) throws IOException {
            PresentPages.Pages missing = pages;
            if (missing != null) {
                missing.require(offset, Integer.BYTES); // waits until the page is there
            }
            return ram.get(ValueLayout.JAVA_INT, offset);
        }

        int last() throws IOException {
            return load(timer.count * 4096L % ram.byteSize());
        }

        private void step() {
            timer.count++;
            long offset = timer.count * 4096L % ram.byteSize();
            ram.set(ValueLayout.JAVA_INT, offset, timer.count);
            marks.mark(offset, Integer.BYTES); // after each write
        }

        @Override
        public synchronized boolean running() {
            return cpu != null;
        }

        @Override
        public synchronized void stop() {
            stopping = true;
            try {
                if (cpu != null) {
                    cpu.join(); // no thread changes the state any more
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            cpu = null;
        }

        @Override
        public synchronized void resume() {
            stopping = false;
            Thread thread =
                    new Thread(
                            () -> {
                                while (!stopping) {
                                    step();
                                }
                            });
            cpu = thread;
            thread.start();
        }
    }

    static void receive(Board board, String address) throws IOException {
        try (ChannelAcceptor acceptor = MigrationAddress.parse(address).listen()) {
            var destination =
                    new MigrationDestination(board.machine, acceptor, MigrationParameters.DEFAULT);
            switch (destination.run()) {
                case MigrationDestination.Outcome.Completed completed ->
                        System.out.println("here, running: " + completed.running());
                case MigrationDestination.Outcome.Failed failed ->
                        System.out.println("not here: " + failed.cause().getMessage());
                case MigrationDestination.Outcome.Cancelled _ -> System.out.println("cancelled");
                case MigrationDestination.Outcome.Undecided undecided ->
                        System.out.println(undecided.advice());
            }
        }
    }

    static MigrationSource.Outcome send(Board board, String address) {
        MigrationParameters parameters =
                MigrationParameters.builder()
                        .downtimeLimit(Duration.ofMillis(100))
                        .maxBandwidth(1L << 30) // bytes per second
                        .autoConverge()
                        .build();
        var source =
                new MigrationSource(
                        board.machine, MigrationAddress.parse(address).connector(), parameters);
        MigrationSource.Outcome outcome = source.run();
        switch (outcome) {
            case MigrationSource.Outcome.Completed completed ->
                    System.out.println("moved; stopped for " + completed.downtime());
            case MigrationSource.Outcome.Failed failed ->
                    System.out.println("runs on here: " + failed.cause().getMessage());
            case MigrationSource.Outcome.Cancelled _ -> System.out.println("runs on here");
            case MigrationSource.Outcome.Undecided undecided ->
                    System.out.println(undecided.advice());
        }
        return outcome;
    }

    static void watch(MigrationSource source) throws InterruptedException {
        MigrationStatus status = source.status(); // from any thread
        while (!status.state().ended()) {
            System.out.printf(
                    "%s: %d bytes sent, %d to go, %d bytes/s written to, down for %s%n",
                    status.state().label(),
                    status.transferredBytes(),
                    status.remainingBytes(),
                    status.dirtyBytesPerSecond(),
                    status.expectedDowntime());
            Thread.sleep(1000);
            status = source.status();
        }
    }
}
