// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.VMStateException;

/// What the walk over one body finds, in the order of the offset: the first findings and the last
/// one, and how many there are in between.
///
/// A description can ask for as many findings as it has bytes, each with a path as long as the
/// description is deep. Only so many are kept, so that memory stays in proportion to the input.
final class Findings {
    /// How many findings are kept besides the one that ended the walk.
    static final int MAX_KEPT = 32;

    private final List<Finding> kept = new ArrayList<>();
    private long more;
    private long firstOfMore;
    private @Nullable Finding ending;

    /// Adds a finding that does not end the walk.
    void add(StateNode in, String detail, long offset) {
        if (kept.size() < MAX_KEPT) {
            kept.add(new Finding(in.path().plain(), detail, offset));
        } else if (more++ == 0) {
            firstOfMore = offset;
        }
    }

    /// Adds what ended the walk, once: the first call comes from the innermost node that knows.
    ///
    /// @param step how the path goes on from the node to what is wrong
    void end(StateNode in, String step, VMStateException e) {
        if (ending == null) {
            ending = new Finding(in.path().plain() + step, e.detail(), e.offset());
        }
    }

    /// All of them.
    List<Finding> list(StateNode root) {
        List<Finding> all = new ArrayList<>(kept);
        if (more > 0) {
            all.add(
                    new Finding(
                            root.path().plain(),
                            more == 1 ? "1 more finding" : more + " more findings",
                            firstOfMore));
        }
        if (ending != null) {
            all.add(ending);
        }
        return all;
    }
}
