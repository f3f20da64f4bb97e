// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The messages of a destination, which a thread relays to the source.
final class RelayedAnswers {
    /// The time in which a message that is being relayed is sent.
    private static final Duration LAST = Duration.ofSeconds(1);

    private final ByteChannel target;
    private final ReturnPathWriter toSource;
    private final Runnable atEnd;
    private final Thread thread;
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile boolean any;
    private volatile OptionalLong status = OptionalLong.empty();
    private volatile @Nullable IOException failure;

    /// @param atEnd called in the thread when the destination has closed the connection
    RelayedAnswers(ByteChannel target, ByteChannel source, Runnable atEnd) {
        this.target = target;
        this.toSource = new ReturnPathWriter(WireWriter.to(source));
        this.atEnd = atEnd;
        this.thread =
                Thread.ofPlatform().daemon().name("vmstate-relay-answers").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            // The connection is not recovered by a relay, so there are no bitmaps.
            ReturnPathReader messages =
                    new ReturnPathReader(WireReader.of(target, ReadLimits.DEFAULT), 0);
            for (Optional<ReturnPathMessage> next = messages.next();
                    next.isPresent();
                    next = messages.next()) {
                any = true;
                boolean last = false;
                if (next.get() instanceof ReturnPathMessage.Shut(long number)) {
                    status = OptionalLong.of(number); // the source may close the connection at once
                    last = true;
                }
                toSource.send(next.get());
                if (last) {
                    answered.countDown();
                }
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            answered.countDown();
            atEnd.run();
        }
    }

    /// Whether the destination has sent a message, so that the return path is open.
    boolean any() {
        return any;
    }

    /// The status of the last message that was relayed; empty if there was none.
    OptionalLong status() {
        return status;
    }

    /// What ended the connection, if it was not closed in an orderly way.
    Optional<IOException> failure() {
        return Optional.ofNullable(failure);
    }

    /// Waits for the last message or the end of the connection; returns whether it came in time.
    boolean await(Duration limit) throws CancelledException {
        try {
            return answered.await(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        }
    }

    /// Tells the source that the destination has failed, unless the destination said it itself.
    /// Called after the connection to the destination was closed.
    void fail() {
        try {
            if (await(LAST) && status.isEmpty()) {
                toSource.send(new ReturnPathMessage.Shut(1));
            }
        } catch (IOException e) {
            // the source finds out that the connection has ended
        }
    }
}
