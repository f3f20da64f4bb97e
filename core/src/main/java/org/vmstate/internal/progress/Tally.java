// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.progress;

import java.util.OptionalLong;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;

/// Counts the bytes that one phase of a long operation has processed. Calls the operation's
/// listener and checks for an interrupt about once per 1 MiB.
public final class Tally {
    private static final long STEP_BYTES = 1 << 20;

    private final Progress listener;
    private final Progress.Phase phase;
    private final OptionalLong total;
    private long done;
    private long nextStep = STEP_BYTES;

    /// Creates the tally of a phase that has not begun.
    public Tally(Progress listener, Progress.Phase phase, OptionalLong total) {
        this.listener = listener;
        this.phase = phase;
        this.total = total;
    }

    /// Adds processed bytes.
    public void add(long bytes) throws CancelledException {
        to(done + bytes);
    }

    /// Sets the total number of processed bytes; a smaller number than before is ignored.
    public void to(long bytes) throws CancelledException {
        done = Math.max(done, bytes);
        if (done >= nextStep) {
            CancelledException.throwIfInterrupted();
            nextStep = done + STEP_BYTES;
            listener.at(new Progress.Step(phase, done, total));
        }
    }
}
