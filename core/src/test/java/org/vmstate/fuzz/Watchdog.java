// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.vmstate.fuzz.Judge.Verdict;

/// Ends the process when one execution takes too long, after writing its input as a finding.
///
/// A generous bound, since other programs share the machine: what takes longer than it should is
/// found by counting blocks.
final class Watchdog {
    private static final long MAX_NANOS = Duration.ofSeconds(60).toNanos();
    private static final long PERIOD_MILLIS = 500;

    private final Thread watched;
    private final Findings findings;
    private volatile byte @Nullable [] input;
    private volatile long since;
    private volatile boolean stopped;

    Watchdog(Thread watched, Findings findings) {
        this.watched = watched;
        this.findings = findings;
    }

    void start() {
        Thread.ofPlatform().daemon().name("watchdog").start(this::watch);
    }

    void stop() {
        stopped = true;
    }

    /// Notes that an execution begins.
    void begin(byte[] running) {
        since = System.nanoTime();
        input = running;
    }

    /// Notes that it ended.
    void end() {
        input = null;
    }

    private void watch() {
        while (!stopped) {
            byte[] running = input;
            if (running != null && System.nanoTime() - since > MAX_NANOS) {
                giveUp(running);
            }
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void giveUp(byte[] running) {
        Throwable hang = new IllegalStateException("an execution that does not end");
        hang.setStackTrace(watched.getStackTrace());
        try {
            findings.add(running, new Verdict("hang", hang));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            hang.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }
}
