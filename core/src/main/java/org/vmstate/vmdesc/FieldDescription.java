// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.vmstate.internal.format.TypeNames;

/// One entry in a list of fields: a name, a type, and the size of one element on the wire.
///
/// Corresponds to one use of a QEMU `VMStateField`.
///
/// @param name the name, with `[0]`, `[1]`, … behind it where the description uses it several times
/// @param type the name of the type, such as `uint32`, `struct`, `qtailq`
/// @param size how many bytes one element takes on the wire
/// @param arrayLength how many elements follow each other, for an entry that stands for several
/// @param index which element of its array this is, for an entry that says so
/// @param struct what is in each element, for the type `struct`
/// @param elements what was written inside the field, for queues, lists, trees, temporaries and
///   versioned structures: one description per element (a tree: key, value, key, value, …)
public record FieldDescription(
        String name,
        String type,
        long size,
        OptionalInt arrayLength,
        OptionalInt index,
        Optional<StructDescription> struct,
        List<StructDescription> elements) {
    /// An entry with a size and a length that can be.
    public FieldDescription {
        elements = List.copyOf(elements);
        if (size < 0) {
            throw new IllegalArgumentException("size " + size + " of field " + name);
        }
        if (arrayLength.isPresent() && arrayLength.getAsInt() < 1) {
            throw new IllegalArgumentException(
                    "array_len " + arrayLength.getAsInt() + " of field " + name);
        }
        if (index.isPresent() && index.getAsInt() < 0) {
            throw new IllegalArgumentException("index " + index.getAsInt() + " of field " + name);
        }
    }

    /// Whether this stands for null pointers in an array of pointers.
    boolean isNullPointer() {
        return type.equals(TypeNames.NULL_POINTER);
    }

    /// Whether this is the mark before an element of an array of pointers that loading allocates.
    boolean isPointerMark() {
        return type.equals(TypeNames.POINTER_MARKER);
    }
}
