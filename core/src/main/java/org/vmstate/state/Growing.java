// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The nodes inside a node that is being decoded; unchangeable once that is done.
///
/// They are attached one by one, so that an error in the middle leaves what was read before it.
final class Growing<T extends StateNode> {
    private final ArrayList<T> nodes = new ArrayList<>();

    void add(T node) {
        nodes.add(node);
    }

    List<T> view() {
        return Collections.unmodifiableList(nodes);
    }
}
