// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.VMStateException;

/// The findings of decoding one body, in ascending order of offset: the first ones, the last one,
/// and the number of those between them.
///
/// The number of findings can be proportional to the size of the description, and the length of
/// their paths to its depth. Their number is limited, so that memory is proportional to the input.
final class Findings {
    /// The maximum number of findings that are kept, in addition to the one that ends decoding.
    static final int MAX_KEPT = 32;

    private final List<Finding> kept = new ArrayList<>();
    private long more;
    private long firstOfMore;
    private @Nullable Finding ending;

    /// Adds a finding that does not end decoding.
    void add(StateNode in, String detail, long offset) {
        if (kept.size() < MAX_KEPT) {
            kept.add(new Finding(in.path().plain(), detail, offset));
        } else if (more++ == 0) {
            firstOfMore = offset;
        }
    }

    /// Adds the finding that ends decoding. Only the first call has an effect, which is that of the
    /// innermost node.
    ///
    /// @param step the path from the node to the defect
    void end(StateNode in, String step, VMStateException e) {
        if (ending == null) {
            ending = new Finding(in.path().plain() + step, e.detail(), e.offset());
        }
    }

    /// All findings.
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
