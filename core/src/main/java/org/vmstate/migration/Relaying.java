// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// One run of a [StreamRelay].
///
/// The calling thread relays the main channel to the destination, one thread the messages in the
/// other direction, one accepts further channels, and one relays each of these.
///
/// Closing it closes all connections and the acceptor.
final class Relaying implements AutoCloseable {
    /// The time that the source has to close the connection after the last message.
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    /// The time between the end of the destination's connection and that of the source's, which is
    /// no failure.
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final Duration POLL = Duration.ofMillis(100);
    private static final int PIECE_BYTES = 1 << 18;
    private static final int PROGRESS_BYTES = 1 << 20;

    private final RelayOptions options;
    private final ChannelAcceptor acceptor;
    private final ChannelConnector connector;
    private final RelayOutlet.Rate rate;
    private final List<ByteChannel> open = new CopyOnWriteArrayList<>();
    private final List<RelayOutlet> outlets = new CopyOnWriteArrayList<>();
    private final List<Thread> channels = new CopyOnWriteArrayList<>();
    private final AtomicReference<@Nullable IOException> broken = new AtomicReference<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicLong further = new AtomicLong();
    private @Nullable LiveInput input;

    Relaying(RelayOptions options, ChannelAcceptor acceptor, ChannelConnector connector) {
        this.options = options;
        this.acceptor = acceptor;
        this.connector = connector;
        this.rate = new RelayOutlet.Rate(options.maxBandwidth());
    }

    StreamRelay.Result run() throws IOException {
        ByteChannel source = opened(acceptor.accept());
        long start = System.nanoTime();
        RelayOutlet outlet = outlet();
        ByteChannel target = open.getLast();
        WireWriter out = WireWriter.to(outlet);
        LiveInput received = new LiveInput(source, out, options.silence(), "vmstate-relay-main");
        input = received;
        RelayedAnswers answers = new RelayedAnswers(target, source, this::destinationEnded);
        answers.start();
        Thread.ofPlatform().daemon().name("vmstate-relay-accept").start(this::accept);
        OptionalLong status;
        RelayedStream stream = null;
        try {
            if (options.changes().isPresent()) {
                stream = new RelayedStream(options, received, out);
                stream.relay();
                if (stream.returnPath()) {
                    awaitAnswer(answers, received);
                }
            } else {
                copy(received, outlet, answers);
            }
            status = requireSuccess(answers);
        } catch (IOException | RuntimeException | Error e) {
            ended.set(true);
            if (e instanceof IOException && !(e instanceof VMStateException)) {
                answers.await(GRACE); // what the destination said before it closed the connection
            }
            target.close();
            if (answers.any() || (stream != null && stream.returnPath())) {
                answers.fail();
                // Otherwise the connection may be reset before the source has read the message.
                received.drain(GOODBYE);
            }
            throwCause(e, answers, received);
            throw e;
        }
        ended.set(true);
        if (status.isPresent()) {
            received.drain(GOODBYE);
        }
        target.close();
        awaitChannels();
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        return new StreamRelay.Result(
                received.received() + further.get(),
                outlets.stream().mapToLong(RelayOutlet::written).sum(),
                outlets.size(),
                status,
                time);
    }

    private ByteChannel opened(ByteChannel channel) {
        open.add(channel);
        return channel;
    }

    /// Connects a further channel to the destination.
    private RelayOutlet outlet() throws IOException {
        ByteChannel target = opened(connector.connect());
        int number = outlets.size();
        WritableByteChannel copy =
                options.copies().isPresent() ? options.copies().get().open(number) : null;
        RelayOutlet outlet = new RelayOutlet(target, copy, rate);
        outlets.add(outlet);
        return outlet;
    }

    /// Relays the main channel as it is, until the source closes it, or the destination does after
    /// its last message.
    private void copy(LiveInput received, RelayOutlet outlet, RelayedAnswers answers)
            throws IOException {
        try {
            copy(received, outlet);
        } catch (IOException e) {
            if (answers.status().isEmpty()) {
                throw e;
            }
        }
    }

    private void copy(LiveInput received, RelayOutlet outlet) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE_BYTES);
        long reported = 0;
        while (received.read(buffer.clear()) >= 0) {
            outlet.write(buffer.flip());
            if (received.received() - reported >= PROGRESS_BYTES) {
                reported = received.received();
                options.progress()
                        .at(
                                new Progress.Step(
                                        Progress.Phase.MEMORY, reported, OptionalLong.empty()));
            }
        }
    }

    private static void awaitAnswer(RelayedAnswers answers, LiveInput received) throws IOException {
        while (!answers.await(POLL)) {
            if (received.ended()) {
                throw new EOFException(
                        "the source closed the connection before the destination answered");
            }
        }
        if (answers.status().isEmpty()) {
            throw new EOFException(
                    "the destination closed the connection before it confirmed that the stream was"
                            + " loaded");
        }
    }

    /// Returns the status of the destination's last message.
    private OptionalLong requireSuccess(RelayedAnswers answers) throws IOException {
        OptionalLong status = answers.status();
        if (status.isEmpty() && answers.any()) {
            throw new EOFException(
                    "the source closed the connection before the destination confirmed that the"
                            + " stream was loaded");
        }
        if (status.isPresent() && status.getAsLong() != 0) {
            throw new IOException(
                    "the destination has not loaded the stream: error " + status.getAsLong());
        }
        return status;
    }

    /// Throws the exception to report instead of another one, if there is one: what the destination
    /// said, or what broke first.
    @SuppressWarnings("ReferenceEquality") // the same exception
    private void throwCause(Throwable e, RelayedAnswers answers, LiveInput received)
            throws IOException {
        OptionalLong status = answers.status();
        IOException first = broken.get();
        if (e instanceof IOException && status.isPresent() && status.getAsLong() != 0) {
            IOException said =
                    new IOException(
                            "the destination has not loaded the stream: error "
                                    + status.getAsLong());
            said.initCause(e);
            throw said;
        }
        if (e instanceof IOException && first != null) {
            throw first;
        }
        if (e instanceof TruncatedException && received.ended()) {
            EOFException end =
                    new EOFException(
                            "the source closed the connection before the end of the stream, at"
                                    + " offset 0x"
                                    + Long.toHexString(received.received()));
            end.initCause(e);
            throw end;
        }
    }

    /// Called when the destination has closed the main channel, or it broke.
    private void destinationEnded() {
        LiveInput received = input;
        if (ended.get() || received == null) {
            return;
        }
        received.awaitEnd(GRACE); // a source without return path closes it at about the same time
        try {
            Thread.sleep(GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!ended.get() && !received.ended()) {
            fail(new EOFException("the destination closed the connection"));
        }
    }

    /// Ends the relay because of a failure in another thread.
    private void fail(IOException failure) {
        broken.compareAndSet(null, failure);
        LiveInput received = input;
        if (received != null) {
            received.fail(failure);
        }
    }

    /// Relays further channels as long as there are any.
    private void accept() {
        while (true) {
            ByteChannel source;
            try {
                source = opened(acceptor.accept());
            } catch (IOException e) {
                return; // closed, or an address with a single channel
            }
            try {
                RelayOutlet outlet = outlet();
                channels.add(
                        Thread.ofPlatform()
                                .daemon()
                                .name("vmstate-relay-channel-" + (outlets.size() - 1))
                                .start(() -> channel(source, outlet)));
            } catch (IOException e) {
                fail(e);
                return;
            }
        }
    }

    private void channel(ByteChannel source, RelayOutlet outlet) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE_BYTES);
        try (source;
                outlet) {
            while (source.read(buffer.clear()) >= 0) {
                further.addAndGet(buffer.flip().remaining());
                outlet.write(buffer);
            }
        } catch (IOException e) {
            if (!ended.get()) {
                fail(e);
            }
        }
    }

    /// Waits for the end of the further channels, which the source closes after the main one.
    private void awaitChannels() throws CancelledException {
        long deadline = System.nanoTime() + GOODBYE.toNanos();
        for (Thread channel : new ArrayList<>(channels)) {
            try {
                channel.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                throw CancelledException.of(e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        ended.set(true);
        acceptor.close();
        if (input != null) {
            Objects.requireNonNull(input).close();
        }
        for (ByteChannel channel : open) {
            channel.close();
        }
    }
}
