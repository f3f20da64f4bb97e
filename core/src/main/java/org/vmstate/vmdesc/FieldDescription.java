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
/// @param name the name, followed by `[0]`, `[1]`, … if the description uses it several times
/// @param type the name of the type, such as `uint32`, `struct`, `qtailq`
/// @param size the size of one element on the wire in bytes
/// @param arrayLength the number of consecutive elements, if the entry describes several
/// @param index the index of the element in its array, if the entry contains one
/// @param struct the description of each element, for the type `struct`
/// @param elements the descriptions of the elements of a queue, list, tree, temporary or versioned
///   structure, one per element (for a tree: key, value, key, value, …)
public record FieldDescription(
        String name,
        String type,
        long size,
        OptionalInt arrayLength,
        OptionalInt index,
        Optional<StructDescription> struct,
        List<StructDescription> elements) {
    /// Checks the size, the length and the index.
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

    /// Whether this describes null pointers in an array of pointers (QEMU 10.0 to 11.0).
    boolean isNullPointer() {
        return type.equals(TypeNames.NULL_POINTER);
    }

    /// Whether this is a marker byte of an array of pointers, or a run of them (QEMU 11.1).
    public boolean isPointerMarker() {
        return type.equals(TypeNames.POINTER_MARKER);
    }
}
