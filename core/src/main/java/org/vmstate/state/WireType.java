// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;

/// A type whose values have a fixed size and no children.
///
/// @param kind the kind of value, independent of its size
/// @param bytes the size in bytes
record WireType(Kind kind, int bytes) {
    /// The kind of a value, independent of its size.
    enum Kind {
        BOOL,
        SIGNED,
        UNSIGNED,
        UNSIGNED_LITTLE_ENDIAN,
        FLOAT,
        TIMER,
        NULL
    }

    private static final Map<String, WireType> BY_NAME = byName();

    /// The type with a name, or null if it is not such a type.
    static @Nullable WireType named(String name) {
        return BY_NAME.get(name);
    }

    private static Map<String, WireType> byName() {
        Map<String, WireType> types = new HashMap<>();
        for (ScalarType scalar : ScalarType.values()) {
            if (scalar != ScalarType.FD) {
                types.put(scalar.typeName(), new WireType(kind(scalar), scalar.bytes()));
            }
        }
        // Types that describe elements of arrays of pointers.
        types.put(TypeNames.NULL_POINTER, new WireType(Kind.NULL, 1));
        types.put(TypeNames.POINTER_MARKER, new WireType(Kind.NULL, 1));
        // Registers of PCI devices, which streams do not describe.
        types.put("uint16 little-endian", new WireType(Kind.UNSIGNED_LITTLE_ENDIAN, 2));
        types.put("uint32 little-endian", new WireType(Kind.UNSIGNED_LITTLE_ENDIAN, 4));
        types.put("uint64 little-endian", new WireType(Kind.UNSIGNED_LITTLE_ENDIAN, 8));
        return Map.copyOf(types);
    }

    private static Kind kind(ScalarType scalar) {
        return switch (scalar) {
            case BOOL -> Kind.BOOL;
            case TIMER -> Kind.TIMER;
            case CPUDOUBLE, FLOAT64 -> Kind.FLOAT;
            default -> scalar.signed() ? Kind.SIGNED : Kind.UNSIGNED;
        };
    }
}
