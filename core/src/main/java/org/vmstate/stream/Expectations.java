// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.vmstate.wire.WireReader;

/// Says which full sections to expect in a stream, in their order, and how long their bodies are.
///
/// Asked once, when the first full section comes up that no [BodyWalker] knows.
@FunctionalInterface
public interface Expectations {
    /// Nothing is known: bodies are found by what stands behind them.
    Expectations NONE = _ -> List.of();

    /// The full sections of the stream that `in` reads, usually by the description at its end. May
    /// move `in`, which can seek.
    List<ExpectedSection> sections(WireReader in) throws IOException;
}
