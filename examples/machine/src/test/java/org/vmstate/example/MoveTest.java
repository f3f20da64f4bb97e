// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The computer moves between processes while its program runs, and no count and no copy is lost or
/// doubled.
///
/// `-Dvmstate.faults=true` kills 200 processes instead of 12.
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class MoveTest {
    private static final int KILLS = Boolean.getBoolean("vmstate.faults") ? 200 : 12;

    /// The longest time from the begin of a migration to the kill.
    private static final int KILL_MILLIS = 400;

    @TempDir private Path folder;

    /// What the computer has printed in processes that have ended.
    private String before = "";

    @ParameterizedTest
    @ValueSource(strings = {"", " --multifd 2", " --postcopy"})
    void computerMovesWhileItsProgramRuns(String way) throws Exception {
        String address = "unix:" + folder.resolve("socket");
        try (Computer here = new Computer();
                Computer there = new Computer()) {
            there.command("listen " + address + (way.contains("multifd") ? way : ""));
            here.command("start");
            here.awaitLines(3);
            there.awaitMessage("listening");
            here.command("migrate " + address + way);
            String moved = here.awaitMessage("moved", "not moved", "undecided");
            assertThat(moved).startsWith("moved; stopped for ");
            here.end();
            there.awaitMessage("running");
            there.awaitLines(3);
            there.command("stop");
            there.command("quit");
            there.end();
            Computer.check(here.printed() + there.printed());
        }
    }

    @Test
    void killedProcessLosesNothingOfTheOtherOne() throws Exception {
        Random random = new Random(11);
        Computer source = started();
        for (int i = 0; i < KILLS; i++) {
            Path socket = folder.resolve("socket" + i);
            String address = "unix:" + socket;
            Computer next;
            Computer destination = new Computer("--listen", address);
            destination.awaitMessage("listening");
            source.command("migrate " + address);
            Thread.sleep(random.nextInt(KILL_MILLIS));
            if (i % 2 == 0) {
                destination.kill();
                next = afterKilledDestination(source, destination);
            } else {
                source.kill();
                wake(socket);
                next = afterKilledSource(source, destination);
            }
            for (Computer other : new Computer[] {source, destination}) {
                if (other != next) {
                    other.close();
                }
            }
            source = next;
        }
        source.close();
    }

    /// Connects to a destination that still waits, because its source was killed before it had
    /// connected.
    private static void wake(Path socket) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.shutdownOutput();
        } catch (IOException e) {
            // It does not wait.
        }
    }

    private Computer started() throws Exception {
        before = "";
        Computer computer = new Computer();
        computer.command("start");
        computer.awaitLines(1);
        return computer;
    }

    /// Returns the computer that goes on.
    private Computer afterKilledDestination(Computer source, Computer destination)
            throws Exception {
        String end = source.awaitMessage("moved", "not moved", "undecided");
        if (end.startsWith("moved")
                || (end.startsWith("undecided") && !destination.printed().isEmpty())) {
            // It had moved, and was killed there.
            source.kill();
            Computer.check(before + source.printed() + destination.printed());
            return started();
        }
        if (end.startsWith("undecided")) {
            source.command("start");
        }
        assertThat(destination.printed()).isEmpty();
        source.awaitLines(2);
        Computer.check(before + source.printed());
        return source;
    }

    /// Returns the computer that goes on.
    private Computer afterKilledSource(Computer source, Computer destination) throws Exception {
        String end = destination.awaitMessage("running", "not here", "undecided");
        if (end.startsWith("not here")) { // and was killed with the source
            assertThat(destination.printed()).isEmpty();
            Computer.check(before + source.printed());
            return started();
        }
        if (end.startsWith("undecided")) {
            assertThat(destination.printed()).isEmpty();
            destination.command("start");
        }
        destination.awaitLines(2);
        before += source.printed();
        Computer.check(before + destination.printed());
        return destination;
    }
}
