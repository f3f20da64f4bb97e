// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.uint32;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.VMStateDescription;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.IterativeDevice;
import org.vmstate.savevm.Machine;
import org.vmstate.testing.MemoryLink;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// What a migration does with devices of each kind, and what it leaves of them when it fails.
@Timeout(60)
final class MigrationDevicesTest {
    private static final MigrationParameters PARAMETERS =
            MigrationParameters.builder().stallLimit(Duration.ofSeconds(20)).build();

    @TempDir private java.nio.file.Path folder;

    /// A device that refuses some values.
    private static final class Picky {
        private int value;
        private transient int refused = -1;

        static final VMStateDescription<Picky> VMSTATE =
                VMStateDescription.builder("picky", Picky.class, MethodHandles.lookup())
                        .fields(uint32("value"))
                        .postLoad(
                                (picky, _) -> {
                                    if (picky.value == picky.refused) {
                                        throw new RefusedException("not " + picky.value);
                                    }
                                })
                        .build();
    }

    /// A disk that is sent in pieces: numbers, each of which is a body.
    private static final class Disk implements IterativeDevice {
        private static final int PIECE = 1;
        private static final int END = 2;

        private final List<Integer> contents = new ArrayList<>();
        private final List<String> calls = new ArrayList<>();
        private int sent;
        private int refused = -1;

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public void setup(WireWriter out) throws IOException {
            sent = 0;
            out.u8(END);
        }

        @Override
        public long pending() {
            return 4L * (contents.size() - sent);
        }

        @Override
        public void iterate(WireWriter out, long maxBytes) throws IOException {
            calls.add("iterate");
            piece(out);
            out.u8(END);
        }

        private void piece(WireWriter out) throws IOException {
            out.u8(PIECE);
            out.u32(contents.get(sent++));
        }

        @Override
        public void complete(WireWriter out) throws IOException {
            while (sent < contents.size()) {
                piece(out);
            }
            out.u8(END);
        }

        @Override
        public void cleanup() {
            calls.add("cleanup");
        }

        @Override
        public void verify(WireReader in, int versionId) {
            throw new AssertionError("the bytes of a live migration are read once");
        }

        @Override
        public void beforeLoad() {
            calls.add("beforeLoad");
            contents.clear();
        }

        @Override
        public void load(WireReader in, int versionId) throws IOException {
            while (true) {
                long at = in.position();
                int kind = in.u8();
                if (kind == END) {
                    return;
                }
                int value = in.int32();
                if (kind != PIECE || value == refused) {
                    throw new CorruptException("a piece of " + value, at);
                }
                contents.add(value);
            }
        }
    }

    /// A machine with a device of each kind.
    private static final class Board {
        final GuestMemory memory =
                GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 1L << 16)).withDirtyPages();
        final Picky first = new Picky();
        final Picky second = new Picky();
        final Disk disk = new Disk();
        final List<String> resets = new ArrayList<>();
        final Machine machine =
                Machine.builder("devices")
                        .ram(memory, o -> o.reset(() -> resets.add("ram")))
                        .iterative("disk", disk)
                        .device("picky", Picky.VMSTATE, first, o -> o.reset(() -> resets.add("a")))
                        .device("picky", Picky.VMSTATE, second)
                        .build();

        Board fill(int seed) {
            first.value = seed;
            second.value = seed + 1;
            for (int i = 0; i < 5; i++) {
                disk.contents.add(seed + i);
            }
            memory.segment("ram").set(ValueLayout.JAVA_INT, 4096, seed);
            return this;
        }

        int inMemory() {
            return memory.segment("ram").get(ValueLayout.JAVA_INT, 4096);
        }
    }

    private record Ends(MigrationSource.Outcome source, MigrationDestination.Outcome destination) {
        Exception refusal() {
            assertThat(source).isInstanceOf(MigrationSource.Outcome.Failed.class);
            assertThat(destination).isInstanceOf(MigrationDestination.Outcome.Failed.class);
            return ((MigrationDestination.Outcome.Failed) destination).cause();
        }
    }

    private static Ends migrate(Board here, Board there) throws Exception {
        return migrate(here, there, _ -> {});
    }

    private static Ends migrate(Board here, Board there, Consumer<MigrationSource> meanwhile)
            throws Exception {
        MemoryLink link = new MemoryLink();
        CompletableFuture<MigrationDestination.Outcome> arriving = new CompletableFuture<>();
        Thread thread =
                new Thread(
                        () ->
                                arriving.complete(
                                        new MigrationDestination(there.machine, link, PARAMETERS)
                                                .run()));
        thread.start();
        MigrationSource source = new MigrationSource(here.machine, link, PARAMETERS);
        meanwhile.accept(source);
        return new Ends(source.run(), arriving.get(20, TimeUnit.SECONDS));
    }

    @Test
    void everyKindOfDeviceArrives() throws Exception {
        Board here = new Board().fill(7);
        Board there = new Board().fill(100);
        Ends ends = migrate(here, there);

        assertThat(ends.source()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(there.first.value).isEqualTo(7);
        assertThat(there.second.value).isEqualTo(8);
        assertThat(there.inMemory()).isEqualTo(7);
        assertThat(there.disk.contents).containsExactly(7, 8, 9, 10, 11);
        assertThat(there.disk.calls).containsExactly("beforeLoad");
        assertThat(here.disk.calls).endsWith("cleanup").containsOnlyOnce("cleanup");
        assertThat(here.disk.calls).contains("iterate");
        assertThat(there.resets).containsExactly("ram", "a");
        assertThat(there.machine.failed()).isFalse();
    }

    @Test
    void refusingDeviceIsPutBackAndTheMachineHasFailedUntilItIsLoadedAgain() throws Exception {
        Board here = new Board().fill(7);
        Board there = new Board().fill(100);
        there.second.refused = 8;
        Ends ends = migrate(here, there);

        assertThat(ends.refusal()).hasMessageContaining("picky#1").hasMessageContaining("not 8");
        assertThat(there.first.value).isEqualTo(100);
        assertThat(there.second.value).isEqualTo(101);
        assertThat(there.machine.failed()).as("its memory is that of the other machine").isTrue();
        assertThat(here.disk.calls).endsWith("cleanup");

        there.second.refused = -1;
        assertThat(migrate(here, there).source())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(there.machine.failed()).isFalse();
        assertThat(there.second.value).isEqualTo(8);
    }

    @Test
    void iterativeDeviceThatRefusesABodyFailsTheMachine() throws Exception {
        Board here = new Board().fill(7);
        Board there = new Board().fill(100);
        there.disk.refused = 9;
        Ends ends = migrate(here, there);

        assertThat(ends.refusal())
                .isInstanceOf(CorruptException.class)
                .hasMessageContaining("disk")
                .hasMessageContaining("a piece of 9");
        assertThat(there.first.value).isEqualTo(100);
        assertThat(there.machine.failed()).isTrue();
    }

    @Test
    void unknownDeviceIsRefusedByName() throws Exception {
        Board here = new Board().fill(7);
        here.machine.registry().register("extra", Picky.VMSTATE, new Picky(), _ -> {});
        Board there = new Board();

        assertThat(migrate(here, there).refusal())
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("Unknown section or instance \"extra\" 0");
    }

    @Test
    void blockerThatIsRegisteredMeanwhileFailsTheMigration() throws Exception {
        Board here = new Board().fill(7);
        Board there = new Board();
        MemoryLink link = new MemoryLink();
        MigrationParameters paused = MigrationParameters.builder().pauseBeforeSwitchover().build();
        MigrationSource source = new MigrationSource(here.machine, link, paused);
        CompletableFuture<MigrationSource.Outcome> leaving = new CompletableFuture<>();
        new Thread(() -> leaving.complete(source.run())).start();
        CompletableFuture<MigrationDestination.Outcome> arriving = new CompletableFuture<>();
        new Thread(
                        () ->
                                arriving.complete(
                                        new MigrationDestination(there.machine, link, PARAMETERS)
                                                .run()))
                .start();
        while (source.status().state() != MigrationState.PRE_SWITCHOVER) {
            Thread.sleep(1);
        }
        here.machine.registry().block("a disk is busy");
        source.continueSwitchover();

        assertThat(leaving.get(20, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessage("a disk is busy"));
        assertThat(arriving.get(20, TimeUnit.SECONDS))
                .isInstanceOf(MigrationDestination.Outcome.Failed.class);
    }

    @Test
    void machineInUseCannotBeSavedOrChanged() throws Exception {
        Board here = new Board().fill(7);
        MemoryLink link = new MemoryLink();
        MigrationSource source =
                new MigrationSource(
                        here.machine,
                        link,
                        MigrationParameters.builder().pauseBeforeSwitchover().build());
        CompletableFuture<MigrationSource.Outcome> leaving = new CompletableFuture<>();
        new Thread(() -> leaving.complete(source.run())).start();
        while (link.forwardBytes() == 0) {
            Thread.sleep(1);
        }
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> here.machine.save())
                .isInstanceOf(IllegalStateException.class);
        source.cancel();
        assertThat(leaving.get(20, TimeUnit.SECONDS))
                .isEqualTo(new MigrationSource.Outcome.Cancelled(false));
        assertThat(here.machine.save()).isNotEmpty();
    }

    @Test
    void statesAreEventsWithQemusNames() throws Exception {
        try (Recording recording = new Recording()) {
            recording.enable("migrate_set_state");
            recording.enable("migration_bitmap_sync_end");
            recording.start();
            migrate(new Board().fill(7), new Board());
            recording.stop();
            java.nio.file.Path file = folder.resolve("recording.jfr");
            recording.dump(file);
            List<RecordedEvent> events = RecordingFile.readAllEvents(file);
            assertThat(events)
                    .filteredOn(e -> e.getEventType().getName().equals("migrate_set_state"))
                    .extracting(e -> e.getString("new_state"))
                    .contains("setup", "active", "device", "completed");
            assertThat(events)
                    .extracting(e -> e.getEventType().getName())
                    .contains("migration_bitmap_sync_end");
        }
    }
}
