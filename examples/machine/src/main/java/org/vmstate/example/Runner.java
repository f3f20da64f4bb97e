// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.UncheckedIOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.vmstate.savevm.MachineControl;

/// Runs the computer on a thread of its own, at a constant speed, until it is stopped.
final class Runner implements MachineControl {
    /// The number of cycles between two checks of whether to stop.
    private static final int SLICE_CYCLES = 4096;

    /// The longest time that is made up for if the host was too slow.
    private static final long MAX_LATE_NANOS = 100_000_000L;

    private final Board board;
    private final long cyclesPerSecond;
    private volatile boolean stopping;
    private volatile int throttle;
    private @Nullable Thread thread;

    Runner(Board board, long cyclesPerSecond) {
        this.board = board;
        this.cyclesPerSecond = cyclesPerSecond;
    }

    @Override
    public synchronized boolean running() {
        return thread != null;
    }

    @Override
    public synchronized void stop() {
        Thread running = thread;
        if (running == null) {
            return;
        }
        stopping = true;
        LockSupport.unpark(running);
        boolean interrupted = false;
        while (running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        thread = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void resume() {
        if (thread == null) {
            stopping = false;
            Thread started = new Thread(this::run, "computer");
            started.setDaemon(true);
            thread = started;
            started.start();
        }
    }

    @Override
    public void throttle(int percent) {
        throttle = percent;
    }

    /// Does something with the computer while it is stopped.
    synchronized void whileStopped(Runnable work) {
        boolean ran = running();
        stop();
        try {
            work.run();
        } finally {
            if (ran) {
                resume();
            }
        }
    }

    private void run() {
        try {
            runSlices();
        } catch (UncheckedIOException e) {
            // A migration has lost the rest of the memory, and says so.
        }
    }

    private void runSlices() {
        long due = System.nanoTime();
        while (!stopping) {
            board.run(SLICE_CYCLES);
            due += SLICE_CYCLES * 1_000_000_000L / cyclesPerSecond * 100 / (100 - throttle);
            long now = System.nanoTime();
            due = Math.max(due, now - MAX_LATE_NANOS);
            while (due - now > 0 && !stopping) {
                LockSupport.parkNanos(due - now);
                now = System.nanoTime();
            }
        }
    }
}
