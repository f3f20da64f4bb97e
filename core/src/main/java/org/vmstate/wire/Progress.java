// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.util.OptionalLong;

/// A listener for the progress of a long operation.
///
/// It is called periodically in the thread that runs the operation: about once per 1 MiB of the
/// bytes that the phase counts, and at least once per 16 MiB of bytes that are actually processed.
/// Bytes that need no processing, such as holes in sparse memory, are counted all at once. The
/// counts of a phase never decrease. The listener is not called at the end of a phase, and may not
/// be called at all for a short operation.
///
/// A listener can cancel the operation by interrupting its own thread, as can any other thread; see
/// [CancelledException]. An exception thrown by the listener ends the operation and is thrown to
/// the caller.
@FunctionalInterface
public interface Progress {
    /// A listener that does nothing.
    Progress NONE = _ -> {};

    /// A phase of an operation.
    enum Phase {
        /// Reading guest memory from a stream and its channels; counts consumed bytes of the input.
        MEMORY,
        /// Reading a machine's devices from a stream; counts consumed bytes of the input.
        MACHINE,
        /// Examining pages; counts bytes of guest memory.
        PAGES,
        /// Writing guest memory to its target; counts bytes of guest memory.
        OUTPUT
    }

    /// The progress of a phase.
    ///
    /// @param bytes the number of bytes processed since the phase began
    /// @param total the total number of bytes of the phase; empty if it is unknown, as for a pipe
    record Step(Phase phase, long bytes, OptionalLong total) {}

    /// Called periodically.
    void at(Step step);
}
