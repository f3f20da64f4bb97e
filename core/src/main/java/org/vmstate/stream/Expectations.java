// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Provides the properties of a stream's full sections before they are read, so that their ends can
/// be found.
///
/// Called in the thread that reads. The requirements of a stream on its destination are in
/// `org.vmstate.inspect.Requirements`.
@FunctionalInterface
public interface Expectations {
    /// No expectations: the ends of bodies are found by the elements after them.
    Expectations NONE = _ -> List.of();

    /// Returns the full sections in the order of the stream; empty if they are unknown.
    ///
    /// @param description the stream's own description; null if a reader requests the expectations
    ///   that are known without it
    List<ExpectedSection> sections(@Nullable Description description) throws IOException;
}
