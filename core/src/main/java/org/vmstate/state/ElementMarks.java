// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.HashMap;
import java.util.Map;
import org.vmstate.internal.format.Framing;

/// The marks before the elements of a queue, list or tree. Stores only those that are not 1, which
/// QEMU accepts but does not write.
final class ElementMarks {
    private Map<Integer, Integer> others = Map.of();

    void put(int index, int mark) {
        if (mark != Framing.ELEMENT) {
            if (others.isEmpty()) {
                others = new HashMap<>();
            }
            others.put(index, mark);
        }
    }

    int get(int index) {
        return others.getOrDefault(index, Framing.ELEMENT);
    }
}
