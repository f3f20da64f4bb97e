// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/// Thrown by a long operation whose thread was interrupted: the one way to cancel it.
///
/// Whatever reads a stream, loads memory, counts pages or writes a core or a stream looks for an
/// interrupt at least once per 16 MiB; memory that is mapped is looked at between two interrupts
/// all the same. A read that waits for a pipe ends when the pipe's channel notices the interrupt.
/// Temporary files are gone once the objects involved are closed, and an output file is not there
/// under its name. The thread's interrupt status stays set, as with [ClosedByInterruptException],
/// since closing would otherwise begin to wait.
public final class CancelledException extends InterruptedIOException {
    private static final long serialVersionUID = 1L;

    private CancelledException() {
        super("cancelled: the thread was interrupted");
    }

    /// The exception for a thread that was interrupted while it waited or used a channel.
    public static CancelledException of(Exception cause) {
        Thread.currentThread().interrupt();
        CancelledException cancelled = new CancelledException();
        cancelled.initCause(cause);
        return cancelled;
    }

    /// Throws if the current thread has been interrupted. For long loops, such as those of a
    /// handler of sections; the interrupt status stays set.
    public static void throwIfInterrupted() throws CancelledException {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException();
        }
    }
}
