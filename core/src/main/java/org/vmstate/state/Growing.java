// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The children of a node, which are added while the node is decoded; unmodifiable after that.
///
/// If an exception ends decoding, the children read before it remain.
final class Growing<T extends StateNode> {
    private final ArrayList<T> nodes = new ArrayList<>();

    void add(T node) {
        nodes.add(node);
    }

    List<T> view() {
        return Collections.unmodifiableList(nodes);
    }
}
