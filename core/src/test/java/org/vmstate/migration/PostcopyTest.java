// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.testing.MemoryLink;
import org.vmstate.testing.MemoryLink.Fault;

/// A machine that runs at the destination before its memory is there.
@Timeout(120)
final class PostcopyTest {
    private static final long RAM_BYTES = 1 << 20;

    private static final MigrationParameters PATIENT =
            MigrationParameters.builder()
                    .postcopy()
                    .downtimeLimit(Duration.ZERO)
                    .maxBandwidth(8 * RAM_BYTES)
                    .build();

    private static final MigrationParameters IMPATIENT =
            MigrationParameters.builder()
                    .postcopy()
                    .downtimeLimit(Duration.ZERO)
                    .maxBandwidth(8 * RAM_BYTES)
                    .stallLimit(Duration.ofMillis(500))
                    .switchoverLimit(Duration.ofMillis(500))
                    .build();

    private LiveBoard.World world = new LiveBoard.World();
    private LiveBoard here = new LiveBoard(world, RAM_BYTES, true).pause(10_000).fill();
    private LiveBoard there = new LiveBoard(world, RAM_BYTES, true).pause(10_000);

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    private static <T> CompletableFuture<T> inThread(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                result.complete(work.get());
                            } catch (Throwable e) {
                                result.completeExceptionally(e);
                            }
                        });
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    /// Migrates a running board, and begins postcopy some time after its memory has begun to move.
    private MigrationSource.Outcome migrate(
            MemoryLink link,
            MigrationParameters parameters,
            CompletableFuture<MigrationDestination.Outcome> arrived)
            throws Exception {
        here.start();
        var _ =
                inThread(
                        () ->
                                arrived.complete(
                                        new MigrationDestination(
                                                        there.machine, link, parameters, there)
                                                .run()));
        MigrationSource source = new MigrationSource(here.machine, link, parameters);
        source.startPostcopy();
        return source.run();
    }

    @Test
    void machineRunsBeforeItsMemoryIsThere() throws Exception {
        CompletableFuture<MigrationDestination.Outcome> arrived = new CompletableFuture<>();
        MigrationSource.Outcome left = migrate(new MemoryLink(), PATIENT, arrived);

        assertThat(left).isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arrived.get(60, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Completed.class,
                        completed -> assertThat(completed.running()).isTrue());
        assertThat(here.running()).isFalse();
        assertThat(there.ended).isTrue();
        Thread.sleep(20);
        there.stop();
        assertThat(there.lost).isNull();
        assertThat(there.count()).isGreaterThan(here.count());
        assertThat(there.memoryFaults()).isEmpty();
        assertThat(world.faults()).isEmpty();
        assertThat(world.size()).isEqualTo((int) there.count());
    }

    @Test
    void destinationWithoutPagesOnDemandRefusesAndTheMachineRunsOn() throws Exception {
        here.start();
        MemoryLink link = new MemoryLink();
        var arriving = inThread(new MigrationDestination(there.machine, link, PATIENT)::run);
        MigrationSource source = new MigrationSource(here.machine, link, PATIENT);
        source.startPostcopy();

        assertThat(source.run())
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Failed.class,
                        failed -> assertThat(failed.running()).isTrue());
        assertThat(arriving.get())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessageContaining("PagesOnDemand"));
        here.stop();
        assertThat(world.faults()).isEmpty();
        assertThat(here.memoryFaults()).isEmpty();
    }

    @Test
    void announcedPostcopyThatIsNotUsedIsAPlainMigration() throws Exception {
        here.pause(2_000_000).start();
        MemoryLink link = new MemoryLink();
        MigrationParameters parameters = MigrationParameters.builder().postcopy().build();
        var arriving =
                inThread(new MigrationDestination(there.machine, link, parameters, there)::run);

        assertThat(new MigrationSource(here.machine, link, parameters).run())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arriving.get()).isInstanceOf(MigrationDestination.Outcome.Completed.class);
        there.stop();
        assertThat(there.memoryFaults()).isEmpty();
        assertThat(world.faults()).isEmpty();
    }

    @Test
    void postcopyThatWasNotAnnouncedIsRefused() {
        MigrationSource source =
                new MigrationSource(here.machine, new MemoryLink(), MigrationParameters.DEFAULT);
        assertThatThrownBy(source::startPostcopy).isInstanceOf(IllegalStateException.class);
    }

    /// Breaks the connection at many bytes: never two run, and no count is reported twice.
    @Test
    void neverTwoRunWhereverTheConnectionBreaks() throws Exception {
        MemoryLink whole = new MemoryLink();
        CompletableFuture<MigrationDestination.Outcome> done = new CompletableFuture<>();
        assertThat(migrate(whole, PATIENT, done))
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        done.get();
        long total = whole.forwardBytes();
        long answers = whole.backBytes();
        for (int i = 0; i < 24; i++) {
            breakAt(new MemoryLink(Fault.RESET, total * i / 24, Fault.NONE, 0));
        }
        for (int i = 0; i < 16; i++) {
            breakAt(new MemoryLink(Fault.NONE, 0, Fault.RESET, Math.min(answers, 100) * i / 16));
        }
        for (int i = 0; i < 6; i++) {
            breakAt(new MemoryLink(Fault.STALL, total * i / 6, Fault.NONE, 0));
        }
    }

    private void breakAt(MemoryLink link) throws Exception {
        close();
        world = new LiveBoard.World();
        here = new LiveBoard(world, RAM_BYTES, true).pause(10_000).fill();
        there = new LiveBoard(world, RAM_BYTES, true).pause(10_000);
        CompletableFuture<MigrationDestination.Outcome> arrived = new CompletableFuture<>();
        MigrationSource.Outcome left = migrate(link, IMPATIENT, arrived);
        MigrationDestination.Outcome came = arrived.get(60, TimeUnit.SECONDS);
        String what = left + " " + came;
        assertThat(here.running() && there.running()).as(what).isFalse();
        switch (left) {
            case MigrationSource.Outcome.Failed failed -> {
                assertThat(failed.running()).as(what).isTrue();
                assertThat(there.running()).as(what).isFalse();
                here.stop();
                assertThat(here.memoryFaults()).as(what).isEmpty();
                assertThat(world.size()).as(what).isEqualTo((int) here.count());
            }
            case MigrationSource.Outcome.Undecided _ ->
                    assertThat(here.running()).as(what).isFalse();
            case MigrationSource.Outcome.Completed _ -> {
                there.stop();
                assertThat(there.memoryFaults()).as(what).isEmpty();
                assertThat(world.size()).as(what).isEqualTo((int) there.count());
            }
            case MigrationSource.Outcome.Cancelled _ -> throw new AssertionError(what);
        }
        if (came instanceof MigrationDestination.Outcome.Failed) {
            assertThat(there.running()).as(what).isFalse();
        }
        there.stop();
        assertThat(world.faults()).as(what).isEmpty();
    }
}
