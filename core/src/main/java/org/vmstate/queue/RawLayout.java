// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.PaddingLayout;
import java.util.SortedSet;
import java.util.TreeSet;

/// The offsets of the pointers of a C queue, derived from the layouts of its head and its elements.
///
/// Heads and entries are recognized by their shape, not by names: their pointers in ascending order
/// are (first, last) and (next, previous). Members of a union that overlap count once, so QEMU's
/// `union { struct type *tqh_first; QTailQLink tqh_circ; }` and the `struct { struct type
/// *tqh_first; struct type **tqh_last; }` of `<sys/queue.h>` are the same.
///
/// @param headSize the size of the head in bytes
/// @param first the offset, in the head, of the pointer to the first element
/// @param last the offset, in the head, of the pointer to the last link, or [#NONE] for a list
/// @param elementSize the size of an element in bytes
/// @param elementAlignment the alignment of an element
/// @param next the offset, in an element, of the pointer to the next element
/// @param previous the offset, in an element, of the pointer to the previous link
record RawLayout(
        long headSize,
        long first,
        long last,
        long elementSize,
        long elementAlignment,
        long next,
        long previous) {
    static final long NONE = -1;

    static RawLayout of(
            int headPointers, MemoryLayout head, MemoryLayout element, PathElement... entry) {
        long[] inHead = pointers(head, headPointers, "head");
        long[] inEntry = pointers(element.select(entry), 2, "entry");
        long at = element.byteOffset(entry);
        return new RawLayout(
                head.byteSize(),
                inHead[0],
                headPointers == 2 ? inHead[1] : NONE,
                element.byteSize(),
                element.byteAlignment(),
                at + inEntry[0],
                at + inEntry[1]);
    }

    private static long[] pointers(MemoryLayout layout, int count, String role) {
        SortedSet<Long> offsets = new TreeSet<>();
        if (!collect(layout, 0, offsets) || offsets.size() != count) {
            throw new IllegalArgumentException(
                    "a queue "
                            + role
                            + " of this kind has "
                            + count
                            + " pointers and nothing else, this one is "
                            + layout);
        }
        return offsets.stream().mapToLong(Long::longValue).toArray();
    }

    private static boolean collect(MemoryLayout layout, long offset, SortedSet<Long> offsets) {
        return switch (layout) {
            case AddressLayout _ -> {
                offsets.add(offset);
                yield true;
            }
            case GroupLayout group -> {
                boolean pointersOnly = true;
                for (int i = 0; i < group.memberLayouts().size(); i++) {
                    long at = offset + group.byteOffset(PathElement.groupElement(i));
                    pointersOnly &= collect(group.memberLayouts().get(i), at, offsets);
                }
                yield pointersOnly;
            }
            case PaddingLayout _ -> true;
            default -> false;
        };
    }
}
