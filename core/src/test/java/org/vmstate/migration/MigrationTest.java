// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.ram.MultifdForm;
import org.vmstate.ram.RamFormat;
import org.vmstate.testing.MemoryLink;
import org.vmstate.testing.MemoryLink.Fault;
import org.vmstate.wire.RefusedException;

@Timeout(60)
final class MigrationTest {
    private static final long RAM_BYTES = 1 << 20;

    private final LiveBoard.World world = new LiveBoard.World();
    private final LiveBoard here = new LiveBoard(world, RAM_BYTES, true).pause(10_000).fill();
    private final LiveBoard there = new LiveBoard(world, RAM_BYTES, true).pause(10_000);
    private final MemoryLink link = new MemoryLink();

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    private static <T> CompletableFuture<T> inThread(java.util.function.Supplier<T> work) {
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

    private MigrationSource source(MigrationParameters.Builder parameters) {
        return new MigrationSource(here.machine, link, parameters.build());
    }

    private MigrationDestination destination(MigrationParameters.Builder parameters) {
        return new MigrationDestination(there.machine, link, parameters.build());
    }

    private static MigrationParameters.Builder parameters() {
        return MigrationParameters.builder();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 10_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(1);
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    /// Lets the board that has the machine run on, and checks that nothing was lost.
    private void checkRunsOn(LiveBoard board) throws InterruptedException {
        long before = board.count();
        await(() -> board.count() > before + 100);
        board.stop();
        assertThat(board.memoryFaults()).isEmpty();
        assertThat(world.faults()).isEmpty();
        assertThat(world.size()).isEqualTo((int) board.count());
    }

    @Test
    void runningMachineMovesWithoutLosingACount() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source = source(parameters());

        assertThat(source.run()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arriving.get())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Completed.class,
                        completed -> {
                            assertThat(completed.running()).isTrue();
                            assertThat(completed.report().missing()).isEmpty();
                        });
        assertThat(here.running()).isFalse();
        assertThat(there.running()).isTrue();
        checkRunsOn(there);
        MigrationStatus status = source.status();
        assertThat(status.state()).isEqualTo(MigrationState.COMPLETED);
        assertThat(status.transferredBytes()).isGreaterThan(RAM_BYTES);
        assertThat(status.downtime().orElseThrow()).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void stoppedMachineStaysStopped() throws Exception {
        var arriving = inThread(destination(parameters())::run);

        assertThat(source(parameters()).run())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arriving.get())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Completed.class,
                        completed -> assertThat(completed.running()).isFalse());
        assertThat(there.running()).isFalse();
        assertThat(there.count()).isEqualTo(here.count());
        assertThat(there.memoryFaults()).isEmpty();
    }

    @Test
    void memoryWithoutDirtyPagesIsSentWhileTheMachineIsStopped() throws Exception {
        LiveBoard.World own = new LiveBoard.World();
        try (LiveBoard unmarked = new LiveBoard(own, RAM_BYTES, false).pause(10_000).fill()) {
            unmarked.start();
            var arriving = inThread(destination(parameters())::run);

            assertThat(
                            new MigrationSource(unmarked.machine, link, MigrationParameters.DEFAULT)
                                    .run())
                    .isInstanceOf(MigrationSource.Outcome.Completed.class);
            arriving.get();
            there.stop();
            assertThat(there.memoryFaults()).isEmpty();
        }
    }

    @Test
    void withoutReturnPathTheMachineMoves() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);

        assertThat(source(parameters().withoutReturnPath()).run())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        arriving.get();
        checkRunsOn(there);
    }

    @Test
    void acknowledgedSwitchoverIsWaitedFor() throws Exception {
        here.start();
        MigrationSource source = source(parameters().switchoverAck());
        var leaving = inThread(source::run);
        Thread.sleep(300);
        assertThat(source.status().state()).isNotEqualTo(MigrationState.DEVICE);
        assertThat(here.running()).isTrue();
        assertThat(destination(parameters().switchoverAck()).run())
                .isInstanceOf(MigrationDestination.Outcome.Completed.class);
        assertThat(leaving.get()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        checkRunsOn(there);
    }

    @Test
    void pausedSwitchoverWaitsUntilItIsContinued() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source = source(parameters().pauseBeforeSwitchover());
        var leaving = inThread(source::run);
        await(() -> source.status().state() == MigrationState.PRE_SWITCHOVER);
        assertThat(here.running()).isFalse();
        assertThat(there.running()).isFalse();
        source.continueSwitchover();

        assertThat(leaving.get()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        arriving.get();
        checkRunsOn(there);
    }

    @ParameterizedTest
    @CsvSource({
        "1, MULTIFD, MACHINES_FROM_9_0",
        "2, MULTIFD, MACHINES_FROM_8_1",
        "3, MULTIFD, MACHINES_UP_TO_8_0",
        "2, MULTIFD_ZLIB, MACHINES_FROM_9_0",
        "16, MULTIFD_ZSTD, MACHINES_FROM_9_0"
    })
    void machineMovesOverSeveralChannels(int channels, RamFormat format, MultifdForm form)
            throws Exception {
        here.start();
        var arriving = inThread(destination(parameters().multifd(channels))::run);

        assertThat(
                        source(
                                        parameters()
                                                .multifd(channels)
                                                .multifdFormat(format)
                                                .multifdForm(form))
                                .run())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arriving.get()).isInstanceOf(MigrationDestination.Outcome.Completed.class);
        checkRunsOn(there);
    }

    @Test
    void changesOfPagesAreSentInsteadOfPages() throws Exception {
        here.pause(2_000_000).start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source =
                source(
                        parameters()
                                .xbzrle(4 * RAM_BYTES)
                                .downtimeLimit(Duration.ofMillis(10))
                                .maxBandwidth(4 * RAM_BYTES));

        assertThat(source.run()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        arriving.get();
        assertThat(source.status().rounds()).isGreaterThan(1);
        assertThat(source.status().transferredBytes()).isLessThan(RAM_BYTES + RAM_BYTES / 2);
        checkRunsOn(there);
    }

    @Test
    void channelsThatAreMissingAreNamed() throws Exception {
        here.start();
        MigrationParameters.Builder impatient =
                parameters().multifd(3).stallLimit(Duration.ofMillis(500));
        var arriving = inThread(destination(impatient)::run);
        MigrationSource.Outcome left =
                source(parameters().multifd(2).stallLimit(Duration.ofSeconds(1))).run();

        assertThat(left).isInstanceOf(MigrationSource.Outcome.Failed.class);
        assertThat(arriving.get())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Failed.class,
                        failed ->
                                assertThat(failed.cause())
                                        .hasMessageContaining("connecting 3 multifd channels"));
        checkRunsOn(here);
    }

    @Test
    void channelsThatWereNotAgreedOnAreRefusedByName() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);

        assertThat(source(parameters().multifd(2)).run())
                .isInstanceOf(MigrationSource.Outcome.Failed.class);
        assertThat(arriving.get())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Failed.class,
                        failed -> assertThat(failed.cause()).hasMessageContaining("multifd"));
        checkRunsOn(here);
    }

    @Test
    void cancelledWhilePausedResumesTheMachine() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source = source(parameters().pauseBeforeSwitchover());
        var leaving = inThread(source::run);
        await(() -> source.status().state() == MigrationState.PRE_SWITCHOVER);
        source.cancel();

        assertThat(leaving.get()).isEqualTo(new MigrationSource.Outcome.Cancelled(true));
        assertThat(arriving.get()).isInstanceOf(MigrationDestination.Outcome.Failed.class);
        assertThat(source.status().state()).isEqualTo(MigrationState.CANCELLED);
        checkRunsOn(here);
    }

    @Test
    void interruptCancels() throws Exception {
        here.start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source = source(parameters().pauseBeforeSwitchover());
        CompletableFuture<MigrationSource.Outcome> result = new CompletableFuture<>();
        Thread leaving = new Thread(() -> result.complete(source.run()));
        leaving.start();
        await(() -> source.status().state() == MigrationState.PRE_SWITCHOVER);
        leaving.interrupt();

        assertThat(result.get(10, TimeUnit.SECONDS))
                .isEqualTo(new MigrationSource.Outcome.Cancelled(true));
        arriving.get();
        checkRunsOn(here);
    }

    @Test
    void destinationThatWaitsForASourceCanBeCancelled() throws Exception {
        MigrationDestination destination = destination(parameters());
        var arriving = inThread(destination::run);
        Thread.sleep(50);
        destination.cancel();

        assertThat(arriving.get(10, TimeUnit.SECONDS))
                .isInstanceOf(MigrationDestination.Outcome.Cancelled.class);
    }

    @Test
    void bandwidthLimitIsKept() throws Exception {
        here.pause(5_000_000).start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source = source(parameters().maxBandwidth(4 * RAM_BYTES));
        long begin = System.nanoTime();

        assertThat(source.run()).isInstanceOf(MigrationSource.Outcome.Completed.class);
        arriving.get();
        double seconds = (System.nanoTime() - begin) / 1e9;
        assertThat(seconds).isGreaterThan(0.1);
        checkRunsOn(there);
    }

    @Test
    void machineThatWritesTooFastIsThrottledUntilItConverges() throws Exception {
        here.pause(0).start();
        var arriving = inThread(destination(parameters())::run);
        MigrationSource source =
                source(
                        parameters()
                                .autoConverge()
                                .downtimeLimit(Duration.ZERO)
                                .maxBandwidth(2 * RAM_BYTES));
        var leaving = inThread(source::run);
        await(() -> here.throttles.size() >= 2);
        assertThat(here.throttles.get(0)).isEqualTo(20);
        assertThat(here.throttles.get(1)).isEqualTo(30);
        source.cancel();

        assertThat(leaving.get()).isInstanceOf(MigrationSource.Outcome.Cancelled.class);
        assertThat(here.throttles.getLast()).isZero();
        arriving.get();
        here.pause(10_000);
        checkRunsOn(here);
    }

    @Test
    void blockerIsRefusedBeforeAnyChannelIsOpened() {
        here.machine.registry().block("a disk is busy");

        assertThat(source(parameters()).run())
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Failed.class,
                        failed ->
                                assertThat(failed.cause())
                                        .isInstanceOf(RefusedException.class)
                                        .hasMessageContaining("a disk is busy"));
        assertThat(link.forwardBytes()).isZero();
    }

    @Test
    void otherMachineIsRefusedBeforeAPageIsSent() throws Exception {
        here.start();
        try (LiveBoard larger = new LiveBoard(world, 2 * RAM_BYTES, true)) {
            MigrationDestination destination =
                    new MigrationDestination(larger.machine, link, MigrationParameters.DEFAULT);
            var arriving = inThread(destination::run);

            assertThat(source(parameters()).run())
                    .isInstanceOfSatisfying(
                            MigrationSource.Outcome.Failed.class,
                            failed -> {
                                assertThat(failed.running()).isTrue();
                                assertThat(failed.cause())
                                        .hasMessageContaining("Sibling indicated error 1");
                            });
            assertThat(arriving.get())
                    .isInstanceOfSatisfying(
                            MigrationDestination.Outcome.Failed.class,
                            failed ->
                                    assertThat(failed.cause())
                                            .hasMessageContaining("Size mismatch: ram"));
        }
        checkRunsOn(here);
    }

    @Test
    void refusedConnectionLeavesTheMachineRunning() throws Exception {
        here.start();
        link.close();

        assertThat(source(parameters()).run())
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Failed.class,
                        failed -> {
                            assertThat(failed.running()).isTrue();
                            assertThat(failed.cause()).isInstanceOf(IOException.class);
                        });
        checkRunsOn(here);
    }

    @Test
    void silentDestinationIsGivenUp() throws Exception {
        here.start();

        assertThat(source(parameters().stallLimit(Duration.ofMillis(300))).run())
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Failed.class,
                        failed -> {
                            assertThat(failed.running()).isTrue();
                            assertThat(failed.cause())
                                    .hasMessageContaining("has taken no byte for 300 ms");
                        });
        checkRunsOn(here);
    }

    @Test
    void silentSourceIsGivenUp() throws Exception {
        link.connect();

        assertThat(destination(parameters().stallLimit(Duration.ofMillis(300))).run())
                .isInstanceOfSatisfying(
                        MigrationDestination.Outcome.Failed.class,
                        failed ->
                                assertThat(failed.cause())
                                        .hasMessageContaining("has sent no byte for 300 ms"));
    }

    @Test
    void lostAnswerToTheConfirmationLeavesTheSourceUndecided() throws Exception {
        here.start();
        MigrationParameters parameters =
                parameters().switchoverLimit(Duration.ofMillis(500)).build();
        // The destination's messages: PONG 1, RUN, OFFERED, SHUT; then the answer to RUN.
        long answers = 4 * 8;
        MemoryLink losing = new MemoryLink(Fault.NONE, 0, Fault.STALL, answers);
        MigrationDestination destination =
                new MigrationDestination(there.machine, losing, parameters);
        var arriving = inThread(destination::run);
        assertThat(new MigrationSource(here.machine, losing, parameters).run())
                .isInstanceOfSatisfying(
                        MigrationSource.Outcome.Undecided.class,
                        undecided -> assertThat(undecided.advice()).contains("resume it here"));
        arriving.get();
        assertThat(here.running()).isFalse();
        checkRunsOn(there);
    }

    @Test
    void sourceIsForOneMigration() {
        link.close();
        MigrationSource source = source(parameters());
        source.run();
        assertThatThrownBy(source::run).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void runningMachineIsNoDestination() {
        there.start();
        assertThatThrownBy(destination(parameters())::run)
                .isInstanceOf(IllegalStateException.class);
    }
}
