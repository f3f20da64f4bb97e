// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.jspecify.annotations.Nullable;

/// Where a node stands: in which other node, under which name, at which offset.
///
/// @param parent the enclosing node, null for a section
/// @param step how a path goes from the parent to the node: `.name`, `/subsection` or `[3]`
/// @param name the name alone, empty for an element
/// @param type the type the description gives
/// @param region the section's bytes
/// @param offset the absolute offset of the first byte
record Place(
        @Nullable StateNode parent,
        String step,
        String name,
        String type,
        Region region,
        long offset) {

    /// The place of a field.
    static Place field(StateNode parent, String name, String type, Region region, long offset) {
        return new Place(parent, "." + name, name, type, region, offset);
    }

    /// The place of an element of an array, queue or tree.
    static Place element(StateNode parent, int index, String type, Region region, long offset) {
        return new Place(parent, "[" + index + "]", "", type, region, offset);
    }

    /// The name of the section.
    String section() {
        return parent == null ? name : parent.place().section();
    }

    /// The path of the node that stands here.
    String path() {
        return parent == null ? step : parent.path() + step;
    }
}
