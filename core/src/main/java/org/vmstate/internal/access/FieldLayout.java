// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldTest;

/// A field that is bound to a kind of state.
///
/// @param name the name in the stream's description
/// @param describedName that name, with an index if it occurs more than once in the description
/// @param describedNullName the name of a null element in the description
/// @param element the kind of the elements
/// @param count the number of elements
/// @param size the number of bytes of a buffer or bits of a bitmap; null for other elements
/// @param first the index in the member of the first element that is sent
/// @param pointers whether a null element is sent as a marker
/// @param allocated whether loading allocates the elements
/// @param since the first version that has the field, if there is no test
/// @param test decides alone whether the field exists; null if there is no test
/// @param mustExist whether it is an error if the field does not exist
/// @param compressible whether one entry can describe a whole array of it
/// @param access the access to the elements in a state
/// @param nested the layout of a structure, temporary or queue element; for a tree, those of its
///   keys (unless these are numbers) and its values; empty for other fields
public record FieldLayout(
        String name,
        String describedName,
        String describedNullName,
        Element element,
        Count count,
        @Nullable Count size,
        int first,
        boolean pointers,
        boolean allocated,
        int since,
        @Nullable FieldTest test,
        boolean mustExist,
        boolean compressible,
        FieldAccess access,
        List<Layout> nested) {
    /// The layout of a structure, a temporary or the elements of a queue.
    public Layout inner() {
        return nested.getFirst();
    }

    /// The layout of a tree's keys; null if these are numbers.
    public @Nullable Layout keys() {
        return nested.size() > 1 ? nested.getFirst() : null;
    }

    /// The layout of a tree's values.
    public Layout values() {
        return nested.getLast();
    }

    /// Whether each element is preceded by a marker that tells whether it is null. QEMU 11.1:
    /// `VMS_ARRAY_OF_POINTER_AUTO_ALLOC`.
    public boolean marked() {
        return pointers && allocated;
    }

    /// The versions of the description in which the field begins to exist or changes.
    public IntStream changes() {
        IntStream own = IntStream.of(since);
        return element instanceof Element.VersionedStruct struct
                ? IntStream.concat(
                        own, struct.versions().keySet().stream().mapToInt(Integer::intValue))
                : own;
    }
}
