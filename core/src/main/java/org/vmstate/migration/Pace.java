// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.Optional;
import org.vmstate.ram.DirtyPages;
import org.vmstate.savevm.MachineControl;

/// Measures how fast a source sends, and from that decides when the machine can be stopped, how
/// much is sent next, and whether the machine has to slow down.
///
/// QEMU: `migration_update_counters`, `migration_rate_limit`, `migration_trigger_throttle`.
final class Pace {
    /// The period over which the speed is measured and limited.
    private static final long WINDOW_NANOS = 100_000_000L;

    /// The longest time for which memory is sent without a check of the limits.
    private static final long ROUND_NANOS = 50_000_000L;

    /// The shortest period over which the dirty rate is compared with the speed.
    private static final long PERIOD_NANOS = 1_000_000_000L;

    /// The number of periods in a row that are too fast before the machine is slowed down.
    private static final int PATIENCE = 2;

    private static final long UNLIMITED_ROUND_BYTES = 1L << 30;

    private final MigrationParameters parameters;
    private final Monitor monitor;
    private final Connections connections;
    private long windowBegin = System.nanoTime();
    private long windowBytes;
    private long sent;
    private long bandwidth;
    private long collectedAt = System.nanoTime();
    private long periodBegin = System.nanoTime();
    private long sentAtPeriod;
    private long dirtiedInPeriod;
    private int tooFast;
    private int throttle;

    Pace(MigrationParameters parameters, Monitor monitor, Connections connections) {
        this.parameters = parameters;
        this.monitor = monitor;
        this.connections = connections;
    }

    /// The number of bytes that can be sent within the downtime limit.
    long threshold() {
        return (long) (bandwidth * (parameters.downtimeLimit().toNanos() / 1e9));
    }

    /// The number of bytes to send in the next round.
    long roundBytes() {
        if (parameters.maxBandwidth().isEmpty()) {
            return UNLIMITED_ROUND_BYTES;
        }
        return Math.max(1, windowLimit(parameters.maxBandwidth().getAsLong()) - windowBytes);
    }

    private static long windowLimit(long bytesPerSecond) {
        return Math.max(1, bytesPerSecond / (1_000_000_000L / WINDOW_NANOS));
    }

    /// The time at which the next round ends.
    long roundDeadline() {
        return System.nanoTime() + ROUND_NANOS;
    }

    /// Notes how much was sent; waits if that is the limit of the present window.
    void sent(long total) throws IOException {
        windowBytes += total - sent;
        sent = total;
        long now = System.nanoTime();
        if (parameters.maxBandwidth().isPresent()
                && windowBytes >= windowLimit(parameters.maxBandwidth().getAsLong())) {
            long left = WINDOW_NANOS - (now - windowBegin);
            // More than a window's bytes, such as one large page, use up several windows.
            long windows = windowBytes / windowLimit(parameters.maxBandwidth().getAsLong());
            connections.sleep(
                    Math.max(1, (left + (windows - 1) * WINDOW_NANOS + 999_999) / 1_000_000));
            now = System.nanoTime();
        }
        if (now - windowBegin >= WINDOW_NANOS) {
            long nanos = now - windowBegin;
            bandwidth = Monitor.perSecond(windowBytes, nanos);
            monitor.bandwidth(bandwidth);
            MigrationEvents.transferred(windowBytes, nanos / 1_000_000, bandwidth, threshold());
            windowBegin = now;
            windowBytes = 0;
        }
    }

    /// Notes that the pages that were written to have been collected.
    ///
    /// @param dirtyBytes the size of those that were not to be sent before
    void collected(long dirtyBytes, Optional<MachineControl> control) {
        long now = System.nanoTime();
        monitor.collected(dirtyBytes, now - collectedAt);
        MigrationEvents.syncEnd(dirtyBytes / DirtyPages.PAGE_BYTES);
        collectedAt = now;
        dirtiedInPeriod += dirtyBytes;
        if (now - periodBegin < PERIOD_NANOS) {
            return;
        }
        if (dirtiedInPeriod > (sent - sentAtPeriod) / 2) {
            tooFast++;
        } else {
            tooFast = 0;
        }
        if (parameters.autoConverge() && tooFast >= PATIENCE && control.isPresent()) {
            tooFast = 0;
            throttle =
                    throttle == 0
                            ? MigrationParameters.THROTTLE_INITIAL
                            : Math.min(
                                    MigrationParameters.THROTTLE_MAX,
                                    throttle + MigrationParameters.THROTTLE_INCREMENT);
            monitor.throttle(throttle);
            MigrationEvents.throttle(throttle);
            control.get().throttle(throttle);
        }
        periodBegin = now;
        sentAtPeriod = sent;
        dirtiedInPeriod = 0;
    }

    /// Whether the machine was slowed down.
    boolean throttles() {
        return throttle != 0;
    }
}
