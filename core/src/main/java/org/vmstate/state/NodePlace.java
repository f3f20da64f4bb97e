// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The place of a node: its parent, name, type and offset.
///
/// @param parent the enclosing node, null for a section
/// @param step the step of a path from the parent to the node
/// @param name the name, empty for an element
/// @param type the type in the description
/// @param region the section's bytes
/// @param offset the absolute offset of the first byte
record NodePlace(
        @Nullable StateNode parent,
        StatePath.Step step,
        String name,
        String type,
        Region region,
        long offset) {

    /// The place of a field.
    static NodePlace field(StateNode parent, String name, String type, Region region, long offset) {
        return new NodePlace(parent, new StatePath.Field(name), name, type, region, offset);
    }

    /// The place of an element of an array, queue or tree.
    static NodePlace element(StateNode parent, int index, String type, Region region, long offset) {
        return new NodePlace(parent, new StatePath.Index(index), "", type, region, offset);
    }

    /// The name of the section that contains the place.
    String section() {
        return parent == null ? name : parent.place().section();
    }

    /// The path of the node at this place.
    StatePath path() {
        ArrayDeque<StatePath.Step> steps = new ArrayDeque<>();
        NodePlace place = this;
        while (true) {
            steps.addFirst(place.step);
            if (place.parent == null) {
                return new StatePath(List.copyOf(steps));
            }
            place = place.parent.place();
        }
    }
}
