// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.progress;

import java.util.OptionalLong;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;

/// The number of bytes that one phase of a long operation has done. Calls the operation's listener
/// and looks for an interrupt about once per 1 MiB.
public final class Tally {
    private static final long STEP_BYTES = 1 << 20;

    private final Progress listener;
    private final Progress.Phase phase;
    private final OptionalLong total;
    private long done;
    private long nextStep = STEP_BYTES;

    /// A phase of which nothing is done.
    public Tally(Progress listener, Progress.Phase phase, OptionalLong total) {
        this.listener = listener;
        this.phase = phase;
        this.total = total;
    }

    /// Adds bytes that were done.
    public void add(long bytes) throws CancelledException {
        to(done + bytes);
    }

    /// Sets how many bytes are done altogether; a smaller number than before changes nothing.
    public void to(long bytes) throws CancelledException {
        done = Math.max(done, bytes);
        if (done >= nextStep) {
            CancelledException.throwIfInterrupted();
            nextStep = done + STEP_BYTES;
            listener.at(new Progress.Step(phase, done, total));
        }
    }
}
