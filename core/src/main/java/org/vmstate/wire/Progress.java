// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.util.OptionalLong;

/// A listener for how far a long operation is.
///
/// It is called in the thread that runs the operation, periodically: about once per 1 MiB of what
/// the phase counts, at least once per 16 MiB that take any work. Holes in sparse memory, for
/// example, are counted at once. The counts of one phase never decrease. There is no call at the
/// end of a phase, nor any for an operation that takes only a moment.
///
/// A listener cancels the operation by interrupting its own thread, as any other thread may: see
/// [CancelledException]. An exception that it throws passes through the operation, which then has
/// failed.
@FunctionalInterface
public interface Progress {
    /// Listens to nothing.
    Progress NONE = _ -> {};

    /// What the operation is at.
    enum Phase {
        /// Reads guest memory from a stream and its channels; counts bytes of input consumed.
        MEMORY,
        /// Reads a machine's devices from a stream; counts bytes of input consumed.
        MACHINE,
        /// Looks at pages; counts bytes of guest memory.
        PAGES,
        /// Writes guest memory to its target; counts bytes of guest memory.
        OUTPUT
    }

    /// How far a phase is.
    ///
    /// @param bytes how many bytes are done since the phase began
    /// @param total how many bytes the phase has, empty where that is not known: a pipe does not
    ///   know its size
    record Step(Phase phase, long bytes, OptionalLong total) {}

    /// Called periodically.
    void at(Step step);
}
