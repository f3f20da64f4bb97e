// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.fuzz.Judge.Verdict;

/// Ends the process if an execution takes too long, and writes its input as a finding.
///
/// This detects only executions that do not end; [Judge] detects the others by counting blocks. The
/// limit is 30 seconds of processor time, because other programs share the machine. For a thread
/// that waits, it is ten minutes, counted in periods of the watchdog: while the process is stopped
/// from outside, they are not counted.
final class Watchdog {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long MAX_PROCESSOR_NANOS = Duration.ofSeconds(30).toNanos();
    private static final long PERIOD_MILLIS = 500;
    private static final long MAX_PERIODS = Duration.ofMinutes(10).toMillis() / PERIOD_MILLIS;

    private final Thread watched;
    private final Findings findings;
    private volatile byte @Nullable [] input;
    private volatile long processorSince;
    private volatile boolean stopped;
    private final AtomicLong executions = new AtomicLong();

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

    /// Called when an execution begins.
    void begin(byte[] running) {
        executions.incrementAndGet();
        processorSince = THREADS.getThreadCpuTime(watched.threadId());
        input = running;
    }

    /// Called when an execution has ended.
    void end() {
        input = null;
    }

    private void watch() {
        long before = 0;
        long periods = 0;
        while (!stopped) {
            byte[] running = input;
            long execution = executions.get();
            periods = execution == before ? periods + 1 : 0;
            before = execution;
            if (running != null && (periods > MAX_PERIODS || busy())) {
                giveUp(running);
            }
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private boolean busy() {
        return THREADS.getThreadCpuTime(watched.threadId()) - processorSince > MAX_PROCESSOR_NANOS;
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
