// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.testing.MemoryLink;
import org.vmstate.testing.MemoryLink.Fault;

/// Breaks the connection of a migration at many bytes of both directions, in each way in which a
/// connection can break. Whatever happens, never two machines run, and nothing is lost or doubled.
@Timeout(170)
final class MigrationFaultsTest {
    private static final long RAM_BYTES = 1 << 18;

    private static final MigrationParameters PARAMETERS =
            MigrationParameters.builder()
                    .stallLimit(Duration.ofMillis(400))
                    .switchoverLimit(Duration.ofMillis(400))
                    .build();

    /// How both ends have ended.
    private record Ends(MigrationSource.Outcome source, MigrationDestination.Outcome destination) {}

    /// Migrates a board over a link; checks what must hold in any case.
    private static Ends migrate(MemoryLink link) throws Exception {
        return migrate(link, PARAMETERS);
    }

    private static Ends migrate(MemoryLink link, MigrationParameters parameters) throws Exception {
        LiveBoard.World world = new LiveBoard.World();
        try (LiveBoard here = new LiveBoard(world, RAM_BYTES, true).pause(200_000).fill();
                LiveBoard there = new LiveBoard(world, RAM_BYTES, true).pause(200_000)) {
            here.start();
            CompletableFuture<MigrationDestination.Outcome> arriving = new CompletableFuture<>();
            Thread destination =
                    new Thread(
                            () -> {
                                try {
                                    arriving.complete(
                                            new MigrationDestination(
                                                            there.machine, link, parameters)
                                                    .run());
                                } catch (Throwable e) {
                                    arriving.completeExceptionally(e);
                                }
                            });
            destination.setDaemon(true);
            destination.start();
            Ends ends =
                    new Ends(
                            new MigrationSource(here.machine, link, parameters).run(),
                            arriving.get(60, TimeUnit.SECONDS));
            check(ends, here, there, world);
            return ends;
        }
    }

    private static void check(Ends ends, LiveBoard here, LiveBoard there, LiveBoard.World world)
            throws InterruptedException {
        String what = ends.toString();
        assertThat(here.running() && there.running()).as(what).isFalse();
        switch (ends.source()) {
            case MigrationSource.Outcome.Completed _ -> {
                assertThat(here.running()).as(what).isFalse();
                assertThat(ends.destination())
                        .isInstanceOf(MigrationDestination.Outcome.Completed.class);
            }
            case MigrationSource.Outcome.Failed failed -> {
                assertThat(failed.running()).as(what).isTrue();
                assertThat(here.running()).as(what).isTrue();
            }
            case MigrationSource.Outcome.Cancelled _ -> throw new AssertionError(what);
            case MigrationSource.Outcome.Undecided _ ->
                    assertThat(here.running()).as(what).isFalse();
        }
        switch (ends.destination()) {
            case MigrationDestination.Outcome.Completed _ ->
                    assertThat(there.running()).as(what).isTrue();
            case MigrationDestination.Outcome.Failed _, MigrationDestination.Outcome.Undecided _ ->
                    assertThat(there.running()).as(what).isFalse();
            case MigrationDestination.Outcome.Cancelled _ -> throw new AssertionError(what);
        }
        LiveBoard owner = owner(ends, here, there);
        if (!owner.running()) {
            owner.resume(); // the user decides, as the advice says
        }
        Thread.sleep(2);
        owner.stop();
        assertThat(owner.memoryFaults()).as(what).isEmpty();
        assertThat(world.faults()).as(what).isEmpty();
        assertThat(world.size()).as(what).isEqualTo((int) owner.count());
    }

    /// The board that has the machine; if nobody runs it, the one at the destination if it is
    /// loaded.
    private static LiveBoard owner(Ends ends, LiveBoard here, LiveBoard there) {
        if (here.running() || there.running()) {
            return here.running() ? here : there;
        }
        return ends.destination() instanceof MigrationDestination.Outcome.Undecided ? there : here;
    }

    /// Offsets over a whole direction: at the begin and the end every few bytes, else spread.
    private static List<Long> offsets(long total, int spread, long dense) {
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < spread; i++) {
            offsets.add(total * i / spread);
        }
        for (long at = Math.max(0, total - dense); at <= total; at += 7) {
            offsets.add(at);
        }
        return offsets;
    }

    private static long[] directions() throws Exception {
        MemoryLink whole = new MemoryLink();
        assertThat(migrate(whole, MigrationParameters.DEFAULT).source())
                .isInstanceOf(MigrationSource.Outcome.Completed.class);
        return new long[] {whole.forwardBytes(), whole.backBytes()};
    }

    @Test
    void nothingIsLostOrDoubledWhereverTheConnectionBreaks() throws Exception {
        long[] totals = directions();
        Set<Class<?>> seen = new HashSet<>();
        for (Fault fault : List.of(Fault.RESET, Fault.END)) {
            for (long at : offsets(totals[0], 20, 200)) {
                seen.add(migrate(new MemoryLink(fault, at, Fault.NONE, 0)).source().getClass());
            }
            for (long at : offsets(totals[1], 20, 0)) {
                seen.add(migrate(new MemoryLink(Fault.NONE, 0, fault, at)).source().getClass());
            }
        }
        assertThat(seen)
                .contains(
                        MigrationSource.Outcome.Failed.class,
                        MigrationSource.Outcome.Undecided.class);
    }

    @Test
    void nothingIsLostOrDoubledWhereverTheConnectionStalls() throws Exception {
        long[] totals = directions();
        for (long at : offsets(totals[0], 8, 30)) {
            migrate(new MemoryLink(Fault.STALL, at, Fault.NONE, 0));
        }
        for (long at : offsets(totals[1], 8, 0)) {
            migrate(new MemoryLink(Fault.NONE, 0, Fault.STALL, at));
        }
    }
}
