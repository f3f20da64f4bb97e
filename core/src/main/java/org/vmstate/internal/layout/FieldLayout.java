// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldAccess;

/// One field of a layout.
///
/// @param name the name in the stream's description
/// @param describedName that name, numbered where the description has it more than once
/// @param describedNullName what a null element is called in the description
/// @param element what each element is
/// @param count how many elements there are
/// @param size how many bytes a buffer or bits a bitmap has; null for other elements
/// @param first the index in the member of the first element that is sent
/// @param pointers whether a null element is sent as a marker
/// @param allocated whether loading makes the memory for the elements
/// @param since the first version that has the field, if there is no test
/// @param test decides alone whether the field is there
/// @param mustExist whether it is an error if the field is not there
/// @param compressible whether one entry can describe a whole array of it
/// @param access where the elements are in a state
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
        FieldAccess access) {
    /// Whether every element has a marker before it that says if it is null. QEMU 11.1:
    /// `VMS_ARRAY_OF_POINTER_AUTO_ALLOC`.
    public boolean marked() {
        return pointers && allocated;
    }
}
