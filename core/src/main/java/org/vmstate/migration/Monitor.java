// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// The state and the counters of a migration, which one thread changes and any thread reads.
final class Monitor {
    private static final long NEVER = Long.MIN_VALUE;

    private final LongSupplier transferred;
    private volatile MigrationState state = MigrationState.NONE;
    private volatile long begin = NEVER;
    private volatile long end = NEVER;
    private volatile long stopped = NEVER;
    private volatile long answered = NEVER;
    private volatile long remaining;
    private final AtomicLong rounds = new AtomicLong();
    private volatile long dirtyRate;
    private volatile long bandwidth;
    private volatile int throttle;

    /// @param transferred returns the number of bytes sent or received so far
    Monitor(LongSupplier transferred) {
        this.transferred = transferred;
    }

    MigrationState state() {
        return state;
    }

    void state(MigrationState next) {
        if (state == next) {
            return;
        }
        if (begin == NEVER) {
            begin = System.nanoTime();
        }
        if (next.ended()) {
            end = System.nanoTime();
        }
        state = next;
        MigrationEvents.state(next);
    }

    /// The machine is about to be stopped.
    void stopping() {
        stopped = System.nanoTime();
    }

    /// The machine runs again here, or the destination has answered.
    void pauseEnded() {
        answered = System.nanoTime();
    }

    void remaining(long bytes) {
        remaining = bytes;
    }

    /// The pages that were written to have been collected.
    void collected(long dirtyBytes, long nanos) {
        rounds.incrementAndGet();
        if (nanos > 0) {
            dirtyRate = perSecond(dirtyBytes, nanos);
        }
    }

    void bandwidth(long bytesPerSecond) {
        bandwidth = bytesPerSecond;
    }

    void throttle(int percent) {
        throttle = percent;
    }

    static long perSecond(long bytes, long nanos) {
        return (long) (bytes * 1e9 / nanos);
    }

    MigrationStatus status() {
        long now = System.nanoTime();
        long last = end == NEVER ? now : end;
        long bytesLeft = remaining;
        long speed = bandwidth;
        Duration expected =
                speed == 0 ? Duration.ZERO : Duration.ofNanos((long) (bytesLeft * 1e9 / speed));
        Optional<Duration> downtime =
                stopped == NEVER
                        ? Optional.empty()
                        : Optional.of(
                                Duration.ofNanos((answered == NEVER ? last : answered) - stopped));
        return new MigrationStatus(
                state,
                transferred.getAsLong(),
                bytesLeft,
                rounds.get(),
                dirtyRate,
                speed,
                expected,
                downtime,
                throttle,
                begin == NEVER ? Duration.ZERO : Duration.ofNanos(last - begin));
    }
}
