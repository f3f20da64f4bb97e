// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// A source of a migration that sends given bytes, or behaves as a test wants it to, in a thread of
/// its own.
final class PeerSource implements AutoCloseable {
    private final BoundAcceptor acceptor;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final List<ReturnPathMessage> messages = new ArrayList<>();

    /// What the source does with its connection.
    @FunctionalInterface
    interface Behaviour {
        void run(ByteChannel main, PeerSource source) throws Exception;
    }

    private PeerSource(Behaviour behaviour) throws IOException {
        acceptor = MigrationAddress.parse("tcp::0").listen();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try (ByteChannel main = connect()) {
                                behaviour.run(main, this);
                                done.complete(null);
                            } catch (Exception | AssertionError e) {
                                done.completeExceptionally(e);
                            }
                        });
    }

    static PeerSource of(Behaviour behaviour) throws IOException {
        return new PeerSource(behaviour);
    }

    /// A source that sends a stream and closes the connection.
    static PeerSource sending(byte[] stream) throws IOException {
        return of((main, _) -> send(main, stream));
    }

    /// A source that sends a stream and reads messages until the destination closes the connection.
    static PeerSource listening(byte[] stream) throws IOException {
        return of(
                (main, source) -> {
                    send(main, stream);
                    source.readMessages(main);
                });
    }

    void readMessages(ByteChannel main) throws IOException {
        ReturnPathReader reader =
                new ReturnPathReader(WireReader.of(main, ReadLimits.DEFAULT), 1 << 20);
        for (var next = reader.next(); next.isPresent(); next = reader.next()) {
            messages.add(next.get());
            if (next.get() instanceof ReturnPathMessage.Shut) {
                return;
            }
        }
    }

    ByteChannel connect() throws IOException {
        return acceptor.address().connector().connect();
    }

    BoundAcceptor acceptor() {
        return acceptor;
    }

    /// Waits until the source has ended; returns the messages that it received.
    List<ReturnPathMessage> messages() throws Exception {
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
        return messages;
    }

    static void send(ByteChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    @Override
    public void close() throws IOException {
        acceptor.close();
    }
}
