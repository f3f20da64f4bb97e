// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;

/// The channels of one end of a migration, which any thread can abort, and a thread that aborts
/// them when the other end exceeds a time limit.
///
/// To abort means to close all channels: a thread that waits for one of them gets an exception, and
/// asks [#checked] for the reason.
final class Connections implements AutoCloseable {
    /// The time between two checks of the limits.
    private static final long CHECK_MILLIS = 20;

    private static final long NONE = Long.MIN_VALUE;

    private final List<WatchedChannel> channels = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> others = new CopyOnWriteArrayList<>();
    private final Duration stallLimit;
    private final Thread watchdog;
    private @Nullable IOException reason;
    private volatile @Nullable WatchedChannel limited;
    private volatile boolean ended;
    private volatile long deadline = NONE;
    private volatile String awaited = "";

    /// Creates the set without channels.
    ///
    /// @param stallLimit the longest time for which a write, and a read that is limited, may wait
    Connections(Duration stallLimit, String thread) {
        this.stallLimit = stallLimit;
        this.watchdog = new Thread(this::watch, thread);
        watchdog.setDaemon(true);
        watchdog.start();
    }

    /// Opens a channel.
    interface Opener {
        ByteChannel open() throws IOException;
    }

    /// Opens a channel in a thread of its own, which is interrupted when the channels are aborted,
    /// and adds it.
    WatchedChannel open(Opener opener) throws IOException {
        CompletableFuture<ByteChannel> opened = new CompletableFuture<>();
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                opened.complete(opener.open());
                            } catch (Throwable e) {
                                opened.completeExceptionally(e);
                            }
                        },
                        "migration channel");
        thread.setDaemon(true);
        thread.start();
        try {
            while (!opened.isDone()) {
                sleep(CHECK_MILLIS / 10);
            }
        } catch (IOException e) {
            thread.interrupt();
            var _ = opened.thenAccept(Connections::close);
            throw e;
        }
        try {
            return add(opened.join());
        } catch (CompletionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            throw new IOException(cause);
        }
    }

    /// Adds a channel.
    ///
    /// @throws IOException if the channels were aborted; the channel is closed
    WatchedChannel add(ByteChannel channel) throws IOException {
        WatchedChannel watched = new WatchedChannel(channel);
        channels.add(watched);
        IOException aborted = abortedBecause();
        if (aborted != null) {
            close(watched);
            throw aborted;
        }
        return watched;
    }

    /// Limits the time for which a read of a channel may wait. Reads of other channels wait as long
    /// as they have to.
    void limitReads(WatchedChannel channel) {
        limited = channel;
    }

    /// The number of bytes that all channels have accepted.
    long bytesWritten() {
        long bytes = 0;
        for (WatchedChannel channel : channels) {
            bytes += channel.bytesWritten();
        }
        return bytes;
    }

    /// The number of bytes that were read from all channels.
    long bytesRead() {
        long bytes = 0;
        for (WatchedChannel channel : channels) {
            bytes += channel.bytesRead();
        }
        return bytes;
    }

    /// Closes something else when the channels are aborted, until [#keep].
    void closeToo(AutoCloseable resource) throws IOException {
        others.add(resource);
        IOException aborted = abortedBecause();
        if (aborted != null) {
            close(resource);
            throw aborted;
        }
    }

    /// Ends the effect of [#closeToo].
    void keep(AutoCloseable resource) {
        others.remove(resource);
    }

    /// Closes all channels. Only the reason of the first call counts.
    void abort(IOException because) {
        synchronized (this) {
            if (reason != null) {
                return;
            }
            reason = because;
            notifyAll();
        }
        channels.forEach(Connections::close);
        others.forEach(Connections::close);
    }

    /// The reason of the first [#abort]; null if there was none.
    synchronized @Nullable IOException abortedBecause() {
        return reason;
    }

    /// Throws the reason if the channels were aborted, or if the thread was interrupted.
    void throwIfAborted() throws IOException {
        CancelledException.throwIfInterrupted();
        IOException aborted = abortedBecause();
        if (aborted != null) {
            throw aborted;
        }
    }

    /// Whether an exception means that the thread was interrupted.
    static boolean isInterrupt(Throwable thrown) {
        return thrown instanceof CancelledException || thrown instanceof ClosedByInterruptException;
    }

    /// Returns the reason of an exception: that of the abort, if there was one.
    Throwable checked(Throwable thrown) {
        IOException aborted = abortedBecause();
        if (aborted == null || !(thrown instanceof IOException)) {
            return thrown;
        }
        return aborted;
    }

    /// Waits for a time, or until the channels are aborted.
    void sleep(long millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (this) {
            long left = end - System.nanoTime();
            while (reason == null && left > 0) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(this, left);
                } catch (InterruptedException e) {
                    throw CancelledException.of(e);
                }
                left = end - System.nanoTime();
            }
        }
        throwIfAborted();
    }

    /// Sets a time limit for everything up to the next call of this method or [#withoutDeadline()].
    ///
    /// @param what what is being waited for, for the message
    void deadline(Duration limit, String what) {
        awaited = what + " took longer than " + text(limit);
        deadline = System.nanoTime() + limit.toNanos();
    }

    void withoutDeadline() {
        deadline = NONE;
    }

    private void watch() {
        while (!ended) {
            try {
                Thread.sleep(CHECK_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
            long until = deadline;
            if (until != NONE && System.nanoTime() - until >= 0) {
                abort(new TimeLimitException(awaited));
            }
            for (WatchedChannel channel : channels) {
                if (channel.writeWait() > stallLimit.toNanos()) {
                    abort(
                            new TimeLimitException(
                                    "the other end has taken no byte for " + text(stallLimit)));
                } else if (channel == limited && channel.readWait() > stallLimit.toNanos()) {
                    abort(
                            new TimeLimitException(
                                    "the other end has sent no byte for " + text(stallLimit)));
                }
            }
        }
    }

    private static String text(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    private static void close(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // What was to be said over the channel has been said, or will not be.
        }
    }

    /// Closes the channels and ends the thread.
    @Override
    public void close() {
        ended = true;
        watchdog.interrupt();
        channels.forEach(Connections::close);
    }

    /// The other end has exceeded a time limit.
    static final class TimeLimitException extends IOException {
        private static final long serialVersionUID = 1L;

        TimeLimitException(String message) {
            super(message);
        }
    }
}
