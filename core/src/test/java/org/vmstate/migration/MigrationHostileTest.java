// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.stream.Command;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.MemoryLink;
import org.vmstate.testing.MemoryLink.Fault;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Peers that lie, flood, stall and send garbage: each one ends in a clear error within a bounded
/// time, and the machine at the source runs on.
@Timeout(120)
final class MigrationHostileTest {
    private static final long RAM_BYTES = 1 << 18;

    private static final MigrationParameters PARAMETERS =
            MigrationParameters.builder()
                    .stallLimit(Duration.ofMillis(400))
                    .switchoverLimit(Duration.ofMillis(400))
                    .build();

    private final LiveBoard.World world = new LiveBoard.World();
    private final LiveBoard board = new LiveBoard(world, RAM_BYTES, true).pause(100_000);
    private final MemoryLink link = new MemoryLink();

    @AfterEach
    void close() {
        board.close();
    }

    /// What a hostile peer does with its end of the channel.
    private interface Peer {
        void talk(ByteChannel channel) throws IOException;
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void inThread(Work work) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                work.run();
                            } catch (IOException e) {
                                // The other end has closed the channel.
                            }
                        });
        thread.setDaemon(true);
        thread.start();
    }

    /// Migrates a running board to a peer; the board must run on.
    private Exception failureOfSource(Peer peer) throws Exception {
        board.fill().start();
        inThread(() -> peer.talk(link.accept()));
        MigrationSource source = new MigrationSource(board.machine, link, PARAMETERS);
        MigrationSource.Outcome outcome = source.run();
        assertThat(outcome).isInstanceOf(MigrationSource.Outcome.Failed.class);
        MigrationSource.Outcome.Failed failed = (MigrationSource.Outcome.Failed) outcome;
        assertThat(failed.running()).isTrue();
        long before = board.count();
        Thread.sleep(20);
        assertThat(board.count()).isGreaterThan(before);
        board.stop();
        assertThat(board.memoryFaults()).isEmpty();
        return failed.cause();
    }

    private Exception failureOfDestination(Peer peer) throws Exception {
        ByteChannel channel = link.connect();
        inThread(() -> peer.talk(channel));
        MigrationDestination.Outcome outcome =
                new MigrationDestination(board.machine, link, PARAMETERS).run();
        assertThat(outcome).isInstanceOf(MigrationDestination.Outcome.Failed.class);
        assertThat(board.running()).isFalse();
        return ((MigrationDestination.Outcome.Failed) outcome).cause();
    }

    private static void drain(ByteChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 12);
        while (channel.read(buffer.clear()) >= 0) {
            // Discarded.
        }
    }

    private static void write(ByteChannel channel, byte... bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    @Test
    void unknownMessageOfTheDestinationFailsTheSource() throws Exception {
        assertThat(
                        failureOfSource(
                                channel -> {
                                    write(channel, (byte) 0, (byte) 9, (byte) 0, (byte) 0);
                                    drain(channel);
                                }))
                .isInstanceOf(VMStateException.class)
                .hasMessageContaining("Received invalid message 0x0009 length 0x0000");
    }

    @Test
    void acknowledgementBeforeEverythingIsSentFailsTheSource() throws Exception {
        assertThat(
                        failureOfSource(
                                channel -> {
                                    new ReturnPathWriter(WireWriter.to(channel))
                                            .send(new ReturnPathMessage.Shut(0));
                                    drain(channel);
                                }))
                .isInstanceOf(VMStateException.class)
                .hasMessageContaining("acknowledged before everything was sent");
    }

    @Test
    void requestForPagesWithoutPostcopyFailsTheSource() throws Exception {
        assertThat(
                        failureOfSource(
                                channel -> {
                                    new ReturnPathWriter(WireWriter.to(channel))
                                            .send(
                                                    new ReturnPathMessage.RequestPages(
                                                            0, 4096, java.util.Optional.of("ram")));
                                    drain(channel);
                                }))
                .hasMessageContaining("postcopy");
    }

    @Test
    void destinationThatFloodsAndTakesNothingIsGivenUp() throws Exception {
        assertThat(
                        failureOfSource(
                                channel -> {
                                    ReturnPathWriter out =
                                            new ReturnPathWriter(WireWriter.to(channel));
                                    while (true) {
                                        out.send(new ReturnPathMessage.Pong(1));
                                    }
                                }))
                .hasMessageContaining("has taken no byte");
    }

    @Test
    void destinationThatNeverAnswersAPingIsGivenUp() throws Exception {
        assertThat(failureOfSource(MigrationHostileTest::drain))
                .hasMessageContaining("the answer of the destination took longer than");
    }

    @Test
    void destinationThatTakesEverythingAndNeverAcknowledgesIsGivenUp() throws Exception {
        assertThat(
                        failureOfSource(
                                channel -> {
                                    ReturnPathWriter out =
                                            new ReturnPathWriter(WireWriter.to(channel));
                                    out.send(new ReturnPathMessage.Pong(Confirmation.RUN));
                                    out.send(new ReturnPathMessage.Pong(Confirmation.OFFERED));
                                    drain(channel);
                                }))
                .hasMessageContaining("the switchover took longer than");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void garbageFailsTheDestination(int seed) throws Exception {
        byte[] garbage = new byte[4096];
        new Random(seed).nextBytes(garbage);
        assertThat(
                        failureOfDestination(
                                channel -> {
                                    WireWriter out = WireWriter.to(channel);
                                    if (seed % 2 == 0) {
                                        new StreamWriter(out).write(new FileHeader());
                                    }
                                    out.bytes(garbage);
                                    out.flush();
                                    drain(channel);
                                }))
                .isInstanceOf(IOException.class);
    }

    @Test
    void sourceThatFloodsWithPingsFailsTheDestination() throws Exception {
        assertThat(
                        failureOfDestination(
                                channel -> {
                                    inThread(() -> drain(channel));
                                    WireWriter out = WireWriter.to(channel);
                                    StreamWriter stream = new StreamWriter(out);
                                    stream.write(new FileHeader());
                                    stream.write(new Command.OpenReturnPath());
                                    while (true) {
                                        stream.write(new Command.Ping(1));
                                        out.flush();
                                    }
                                }))
                .hasMessageContaining("maxCommands");
    }

    @Test
    void sourceThatFloodsAndTakesNoAnswerFailsTheDestination() throws Exception {
        assertThat(
                        failureOfDestination(
                                channel -> {
                                    WireWriter out = WireWriter.to(channel);
                                    StreamWriter stream = new StreamWriter(out);
                                    stream.write(new FileHeader());
                                    stream.write(new Command.OpenReturnPath());
                                    while (true) {
                                        stream.write(new Command.Ping(1));
                                    }
                                }))
                .isInstanceOf(IOException.class);
    }

    @Test
    void pingWithoutReturnPathIsRefused() throws Exception {
        assertThat(
                        failureOfDestination(
                                channel -> {
                                    WireWriter out = WireWriter.to(channel);
                                    StreamWriter stream = new StreamWriter(out);
                                    stream.write(new FileHeader());
                                    stream.write(new Command.Ping(1));
                                    out.flush();
                                    drain(channel);
                                }))
                .isInstanceOf(VMStateException.class)
                .hasMessageContaining("CMD_PING (0x5) received with no return path");
    }

    @Test
    void postcopyIsRefusedByName() throws Exception {
        assertThat(
                        failureOfDestination(
                                channel -> {
                                    WireWriter out = WireWriter.to(channel);
                                    StreamWriter stream = new StreamWriter(out);
                                    stream.write(new FileHeader());
                                    stream.write(new Command.PostcopyListen());
                                    out.flush();
                                    drain(channel);
                                }))
                .hasMessageContaining("postcopy-listen")
                .hasMessageContaining("postcopy-ram");
    }

    /// A byte that lies can also be a byte of a page, which nothing shows.
    @Test
    void lyingConnectionNeverRunsTwoMachines() throws Exception {
        for (int at = 0; at < 400; at += 11) {
            migrateOver(new MemoryLink(Fault.LIE, at, Fault.NONE, 0));
        }
        for (int at = 0; at < 40; at++) {
            migrateOver(new MemoryLink(Fault.NONE, 0, Fault.LIE, at));
        }
    }

    private static void migrateOver(MemoryLink lying) throws Exception {
        LiveBoard.World world = new LiveBoard.World();
        try (LiveBoard here = new LiveBoard(world, 1 << 14, true).pause(100_000).fill();
                LiveBoard there = new LiveBoard(world, 1 << 14, true).pause(100_000)) {
            here.start();
            CompletableFuture<MigrationDestination.Outcome> arriving = new CompletableFuture<>();
            inThread(
                    () ->
                            arriving.complete(
                                    new MigrationDestination(there.machine, lying, PARAMETERS)
                                            .run()));
            MigrationSource.Outcome left =
                    new MigrationSource(here.machine, lying, PARAMETERS).run();
            MigrationDestination.Outcome arrived = arriving.get(10, TimeUnit.SECONDS);
            assertThat(here.running() && there.running()).as(left + " " + arrived).isFalse();
            if (left instanceof MigrationSource.Outcome.Failed) {
                assertThat(here.running()).isTrue();
            }
        }
    }
}
