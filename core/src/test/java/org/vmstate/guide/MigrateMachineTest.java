// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.guide.MigrateMachine.Board;
import org.vmstate.migration.MigrationParameters;
import org.vmstate.migration.MigrationSource;
import org.vmstate.transport.MigrationAddress;

/// Checks the statements of the guide about its code.
@Timeout(60)
final class MigrateMachineTest {
    @TempDir private Path folder;

    @Test
    void boardMovesWhileItRuns() throws Exception {
        String address = "unix:" + folder.resolve("socket");
        Board here = new Board();
        Board there = new Board();
        here.resume();
        CompletableFuture<Boolean> arrived = new CompletableFuture<>();
        Thread arriving =
                new Thread(
                        () -> {
                            try {
                                MigrateMachine.receive(there, address);
                                arrived.complete(true);
                            } catch (Throwable e) {
                                arrived.completeExceptionally(e);
                            }
                        });
        arriving.start();
        MigrationSource.Outcome outcome = MigrateMachine.send(here, address);
        while (outcome instanceof MigrationSource.Outcome.Failed) { // until it listens
            Thread.sleep(20);
            outcome = MigrateMachine.send(here, address);
        }
        assertThat(outcome).isInstanceOf(MigrationSource.Outcome.Completed.class);
        assertThat(arrived.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(here.running()).isFalse();
        there.stop();
        assertThat(there.timer.count).isGreaterThanOrEqualTo(here.timer.count);
        assertThat(there.last()).isEqualTo(there.timer.count);
    }

    @Test
    void statusCanBeWatched() throws Exception {
        MigrationSource source =
                new MigrationSource(
                        new Board().machine,
                        MigrationAddress.parse("unix:" + folder.resolve("none")).connector(),
                        MigrationParameters.DEFAULT);
        assertThat(source.run()).isInstanceOf(MigrationSource.Outcome.Failed.class);
        MigrateMachine.watch(source);
        assertThat(source.status().state().label()).isEqualTo("failed");
    }
}
