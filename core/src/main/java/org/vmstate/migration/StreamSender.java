// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Command;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A source without a machine: sends a stream to a waiting QEMU, or to another destination, and
/// receives its answer.
///
/// The return path is opened, so that the destination says whether it has loaded the stream.
///
/// Not reusable: create one per migration. [#send] works in the thread that calls it; it can be
/// ended by interrupting this thread.
///
/// QEMU: `migration_thread`, `source_return_path_thread`.
public final class StreamSender {
    private final Duration silence;
    private final CountDownLatch answered = new CountDownLatch(1);
    private final List<ByteChannel> connections = new ArrayList<>();
    private volatile long sent;
    private volatile @Nullable Long status;
    private volatile @Nullable IOException returnPathFailure;
    private volatile boolean silent;
    private boolean used;

    /// Creates a sender.
    ///
    /// @param silence the longest time that the destination may accept nothing, and that it may
    ///   need to answer
    /// @throws IllegalArgumentException if the time is not positive
    public StreamSender(Duration silence) {
        if (!silence.isPositive()) {
            throw new IllegalArgumentException("a silence of " + silence);
        }
        this.silence = silence;
    }

    /// The connection to the destination while a stream is sent.
    ///
    /// @param main the main channel
    /// @param channels the multifd channels
    public record Connection(WritableByteChannel main, List<WritableByteChannel> channels) {
        /// Copies the list.
        public Connection {
            channels = List.copyOf(channels);
        }

        /// Opens the return path; to be called between the configuration and the first section.
        public static void openReturnPath(WireWriter out) throws IOException {
            StreamWriter stream = new StreamWriter(out);
            stream.write(new Command.OpenReturnPath());
            stream.write(new Command.Ping(1));
        }
    }

    /// Writes the stream.
    @FunctionalInterface
    public interface Content {
        /// Writes a whole stream, with the commands of [Connection#openReturnPath], and flushes it.
        void writeTo(Connection destination) throws IOException;
    }

    /// What was sent.
    ///
    /// @param sent the number of bytes over all channels
    /// @param time the time from the connection to the answer
    public record Result(long sent, Duration time) {}

    /// Returns whether an element of a recording is sent: not if it is a command that a source
    /// sends only while its guest exists.
    ///
    /// @param offset the offset of the element, for errors
    /// @throws UnsupportedException if the stream cannot be sent without conversion
    public static boolean sends(StreamElement element, long offset) throws UnsupportedException {
        return switch (element) {
            case Command.SwitchoverStart _ -> true;
            case Command.OpenReturnPath _, Command.Ping _ -> false;
            case Command.PostcopyAdvise advise when advise.pageSizes().isEmpty() -> false;
            case Command _ ->
                    throw new UnsupportedException(
                            "a postcopy stream is sent only after a conversion", offset);
            default -> true;
        };
    }

    /// Sends one stream. All connections are closed.
    ///
    /// Throws an `IOException` if a connection fails, the destination says that it failed, or is
    /// silent for too long.
    ///
    /// @param channels the number of multifd channels, which is the destination's
    ///   `multifd-channels`; 0 without multifd
    /// @throws IllegalStateException if this was called before
    public Result send(ChannelConnector connector, int channels, Content content)
            throws IOException {
        if (used) {
            throw new IllegalStateException("a sender sends one stream");
        }
        used = true;
        long start = System.nanoTime();
        Thread watchdog =
                Thread.ofPlatform().daemon().name("vmstate-send-limit").unstarted(this::watch);
        try {
            ByteChannel main = connect(connector);
            List<WritableByteChannel> further = new ArrayList<>();
            for (int i = 0; i < channels; i++) {
                further.add(new Counted(connect(connector)));
            }
            Thread.ofPlatform()
                    .daemon()
                    .name("vmstate-send-answers")
                    .start(() -> readAnswers(main));
            watchdog.start();
            try {
                content.writeTo(new Connection(new Counted(main), further));
            } catch (VMStateException e) {
                throw e;
            } catch (IOException e) {
                throw explained(e);
            }
            awaitAnswer();
            return new Result(sent, Duration.ofNanos(System.nanoTime() - start));
        } finally {
            watchdog.interrupt();
            closeAll();
        }
    }

    private ByteChannel connect(ChannelConnector connector) throws IOException {
        ByteChannel channel = connector.connect();
        synchronized (connections) {
            connections.add(channel);
        }
        return channel;
    }

    private void closeAll() {
        synchronized (connections) {
            for (ByteChannel channel : connections.reversed()) { // QEMU waits for the main one last
                try {
                    channel.close();
                } catch (IOException e) {
                    // The answer has come, or another failure is thrown.
                }
            }
            connections.clear();
        }
    }

    /// Reads messages up to the last one. Closes the connections if the destination has failed, so
    /// that nobody waits for it to accept more.
    private void readAnswers(ByteChannel main) {
        try {
            ReturnPathReader messages =
                    new ReturnPathReader(WireReader.of(main, ReadLimits.DEFAULT), 0);
            for (var next = messages.next(); next.isPresent(); next = messages.next()) {
                if (next.get() instanceof ReturnPathMessage.Shut(long code)) {
                    status = code;
                    if (code != 0) {
                        closeAll();
                    }
                    return;
                }
            }
        } catch (IOException e) {
            returnPathFailure = e;
        } finally {
            answered.countDown();
        }
    }

    /// Closes the connections when nothing was accepted for too long.
    private void watch() {
        long last = -1;
        try {
            while (last != sent) {
                last = sent;
                Thread.sleep(silence);
            }
            if (answered.getCount() > 0) {
                silent = true;
                closeAll();
            }
        } catch (InterruptedException e) {
            // the migration has ended
        }
    }

    private void awaitAnswer() throws IOException {
        try {
            if (!answered.await(silence.toNanos(), TimeUnit.NANOSECONDS)) {
                silent = true;
            }
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        }
        Long code = status;
        if (code == null || code != 0) {
            throw explained(null);
        }
    }

    /// The reason of a failure, which is often only that the destination has closed the connection.
    private IOException explained(@Nullable IOException failure) {
        if (failure instanceof CancelledException) {
            return failure;
        }
        if (silent) {
            return failed(
                    "the destination neither accepted more nor answered for "
                            + silence.toSeconds()
                            + " seconds",
                    failure);
        }
        try { // the answer may be on its way
            answered.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Long code = status;
        if (code != null) {
            return failed(
                    code == 0
                            ? "the destination answered before it had received the whole stream"
                            : "the destination failed to load the stream (status " + code + ")",
                    failure);
        }
        IOException answers = returnPathFailure;
        if (answers instanceof VMStateException) {
            return failed(
                    "the destination sent an invalid answer: " + answers.getMessage(), answers);
        }
        if (failure != null && !(failure instanceof ClosedChannelException)) {
            return failed(
                    failure.getMessage()
                            + ": the destination closed the connection without an answer",
                    failure);
        }
        return failed("the destination closed the connection without an answer", answers);
    }

    private static IOException failed(String message, @Nullable IOException cause) {
        return new IOException(message, cause);
    }

    /// A channel whose bytes are counted.
    private final class Counted implements WritableByteChannel {
        private final ByteChannel channel;

        Counted(ByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = channel.write(source);
            synchronized (StreamSender.this) {
                sent += count;
            }
            return count;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
