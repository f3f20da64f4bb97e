// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/// Thrown by a long operation whose thread was interrupted: the one way to cancel it.
///
/// Whatever reads a stream, loads memory, counts pages or writes a core or a stream looks for an
/// interrupt at least once per 16 MiB that take any work. A read that waits for a pipe ends when
/// the pipe's channel does, as those of `java.nio` do. Temporary files are gone once the objects
/// involved are closed; an output file does not appear under its name. The thread's interrupt
/// status stays set, as with [ClosedByInterruptException].
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
