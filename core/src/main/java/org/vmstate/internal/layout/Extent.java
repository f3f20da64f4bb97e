// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// The part of a member that a field sends, and the way its elements are kept.
///
/// @param count the number of elements; null if the field is not an array
/// @param size the number of bytes of a buffer or bits of a bitmap; null for other elements
/// @param first the index of the first element that is sent
/// @param part whether the field was declared to send only a part of the member
/// @param pointers whether the member is an array of pointers
/// @param allocated whether loading allocates the elements
public record Extent(
        @Nullable Amount count,
        @Nullable Amount size,
        int first,
        boolean part,
        boolean pointers,
        boolean allocated) {
    /// A single element.
    static final Extent LONE = new Extent(null, null, 0, false, false, false);

    /// Returns a copy with a count.
    public Extent counted(Amount other) {
        return new Extent(other, size, first, part, pointers, allocated);
    }

    /// Returns a copy with a number of bytes or bits.
    public Extent sized(Amount other) {
        return new Extent(count, other, first, part, pointers, allocated);
    }

    /// Returns a copy that starts at an element of the member.
    public Extent from(int index) {
        return new Extent(count, size, index, true, pointers, allocated);
    }

    /// Returns a copy that sends only a part of the member.
    public Extent ofPart() {
        return from(first);
    }

    /// Returns a copy that is an array of pointers.
    public Extent ofPointers() {
        return new Extent(count, size, first, part, true, allocated);
    }

    /// Returns a copy whose elements are allocated by loading.
    public Extent made() {
        return new Extent(count, size, first, part, pointers, true);
    }
}
