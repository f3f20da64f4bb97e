// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.stream.Command;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.wire.UnsupportedException;

@Timeout(60)
class StreamSenderTest {
    private static final byte[] SHUT_0 = HexFormat.of().parseHex("0001000400000000");
    private static final byte[] SHUT_1 = HexFormat.of().parseHex("0001000400000001");

    /// What a destination does with its main channel.
    @FunctionalInterface
    private interface Behaviour {
        void run(ByteChannel main) throws Exception;
    }

    private static StreamSender.Result send(int bytes, Duration silence, Behaviour behaviour)
            throws Exception {
        try (BoundAcceptor acceptor = MigrationAddress.parse("tcp::0").listen()) {
            CompletableFuture<Void> done = new CompletableFuture<>();
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                try (ByteChannel main = acceptor.accept()) {
                                    behaviour.run(main);
                                    done.complete(null);
                                } catch (Exception e) {
                                    done.completeExceptionally(e);
                                }
                            });
            StreamSender.Result result =
                    new StreamSender(silence)
                            .send(
                                    acceptor.address().connector(),
                                    0,
                                    to -> {
                                        ByteBuffer content = ByteBuffer.allocate(bytes);
                                        while (content.hasRemaining()) {
                                            to.main().write(content);
                                        }
                                    });
            done.join();
            return result;
        }
    }

    private static void receive(ByteChannel main, int bytes) throws IOException {
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining() && main.read(received) >= 0) {}
    }

    private static final Duration LONG = Duration.ofSeconds(30);

    @Test
    void destinationThatHasLoadedTheStreamSaysSo() throws Exception {
        StreamSender.Result result =
                send(
                        1000,
                        LONG,
                        main -> {
                            receive(main, 1000);
                            PeerSource.send(main, HexFormat.of().parseHex("0002000400000001"));
                            PeerSource.send(main, SHUT_0);
                        });

        assertThat(result.sent()).isEqualTo(1000);
    }

    @Test
    void destinationThatFailedIsAnError() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () ->
                                send(
                                        1000,
                                        LONG,
                                        main -> {
                                            receive(main, 1000);
                                            PeerSource.send(main, SHUT_1);
                                        }))
                .withMessage("the destination failed to load the stream (status 1)");
    }

    @Test
    void destinationThatFailsWhileMoreIsSentIsAnError() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () ->
                                send(
                                        64 << 20,
                                        LONG,
                                        main -> {
                                            receive(main, 1000);
                                            PeerSource.send(main, SHUT_1);
                                            Thread.sleep(500);
                                        }))
                .withMessage("the destination failed to load the stream (status 1)");
    }

    @Test
    void destinationThatClosesTheConnectionWithoutAnAnswerIsAnError() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> send(1000, LONG, main -> receive(main, 1000)))
                .withMessage("the destination closed the connection without an answer");
    }

    @Test
    void destinationThatAcceptsNothingIsAnErrorAfterTheLimit() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> send(64 << 20, Duration.ofSeconds(1), main -> Thread.sleep(4000)))
                .withMessage("the destination neither accepted more nor answered for 1 seconds");
    }

    @Test
    void destinationThatDoesNotAnswerIsAnErrorAfterTheLimit() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () ->
                                send(
                                        1000,
                                        Duration.ofSeconds(1),
                                        main -> {
                                            receive(main, 1000);
                                            Thread.sleep(4000);
                                        }))
                .withMessage("the destination neither accepted more nor answered for 1 seconds");
    }

    @Test
    void invalidAnswerIsAnError() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () ->
                                send(
                                        1000,
                                        LONG,
                                        main -> {
                                            receive(main, 1000);
                                            PeerSource.send(main, new byte[] {0, 9, 0, 0});
                                            Thread.sleep(500);
                                        }))
                .withMessageStartingWith("the destination sent an invalid answer: ")
                .withMessageContaining("Received invalid message 0x0009");
    }

    @Test
    void postcopyStreamIsNotSentAsItIs() throws Exception {
        assertThat(StreamSender.sends(new Command.Ping(1), 0)).isFalse();
        assertThat(StreamSender.sends(new Command.SwitchoverStart(), 0)).isTrue();
        assertThatExceptionOfType(UnsupportedException.class)
                .isThrownBy(() -> StreamSender.sends(new Command.PostcopyRun(), 0));
    }
}
