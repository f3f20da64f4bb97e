// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;

/// Thrown by a long operation whose thread was interrupted, which is the only way to cancel it.
///
/// Operations that read a stream, load memory, count pages or write a core or a stream check for an
/// interrupt at least once per 16 MiB of data that they process. A read that is waiting for a pipe
/// is interrupted if the channel supports it, as those of `java.nio` do. Temporary files are
/// deleted when the objects involved are closed; an output file is not created under its name. The
/// thread's interrupt status remains set, as with [ClosedByInterruptException].
public final class CancelledException extends InterruptedIOException {
    private static final long serialVersionUID = 1L;

    private CancelledException() {
        super("cancelled: the thread was interrupted");
    }

    /// Returns the exception for a thread that was interrupted while it waited or used a channel.
    public static CancelledException of(Exception cause) {
        Thread.currentThread().interrupt();
        CancelledException cancelled = new CancelledException();
        cancelled.initCause(cause);
        return cancelled;
    }

    /// Throws if the current thread has been interrupted; the interrupt status remains set. To be
    /// called in long loops, such as those of a section handler.
    public static void throwIfInterrupted() throws CancelledException {
        if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException();
        }
    }
}
