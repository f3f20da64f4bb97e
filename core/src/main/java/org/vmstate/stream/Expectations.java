// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of the full sections of a stream before they are read, so that their ends are
/// found.
///
/// Asked in the thread that reads. What a stream expects of its destination is another question:
/// see `org.vmstate.inspect.Requirements`.
@FunctionalInterface
public interface Expectations {
    /// Nothing is known: bodies are found by what stands behind them.
    Expectations NONE = _ -> List.of();

    /// The full sections in the order of the stream, empty where nothing is known of them.
    ///
    /// @param description the stream's own description as far as it has been found; null when a
    ///   reader asks what is known without it
    List<ExpectedSection> sections(@Nullable Description description) throws IOException;
}
