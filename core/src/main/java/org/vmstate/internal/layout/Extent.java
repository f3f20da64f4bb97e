// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// How much of a member a field covers, and how it is laid out.
///
/// @param count how many elements there are; null for a lone one
/// @param size how many bytes a buffer or bits a bitmap has; null for other elements
/// @param first the index of the first element that is sent
/// @param part whether the declaration says that only a part of the member is sent
/// @param pointers whether the member is an array of pointers
/// @param allocated whether loading makes the memory
public record Extent(
        @Nullable Amount count,
        @Nullable Amount size,
        int first,
        boolean part,
        boolean pointers,
        boolean allocated) {
    /// A lone element.
    static final Extent LONE = new Extent(null, null, 0, false, false, false);

    /// The same with a count.
    public Extent counted(Amount other) {
        return new Extent(other, size, first, part, pointers, allocated);
    }

    /// The same with a number of bytes or bits.
    public Extent sized(Amount other) {
        return new Extent(count, other, first, part, pointers, allocated);
    }

    /// The same, starting at an element of the member.
    public Extent from(int index) {
        return new Extent(count, size, index, true, pointers, allocated);
    }

    /// The same, for a declaration that sends only a part of the member.
    public Extent ofPart() {
        return from(first);
    }

    /// The same, as an array of pointers.
    public Extent ofPointers() {
        return new Extent(count, size, first, part, true, allocated);
    }

    /// The same, with memory made by loading.
    public Extent made() {
        return new Extent(count, size, first, part, pointers, true);
    }
}
