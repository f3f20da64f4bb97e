// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The types of a stream's description whose values have one size and no others inside.
///
/// QEMU: `vmstate_info_*`.
enum WireType {
    BOOL("bool", Kind.BOOL, 1),
    INT8("int8", Kind.SIGNED, 1),
    INT16("int16", Kind.SIGNED, 2),
    INT32("int32", Kind.SIGNED, 4),
    INT64("int64", Kind.SIGNED, 8),
    UINT8("uint8", Kind.UNSIGNED, 1),
    UINT16("uint16", Kind.UNSIGNED, 2),
    UINT32("uint32", Kind.UNSIGNED, 4),
    UINT64("uint64", Kind.UNSIGNED, 8),
    UINT8_EQUAL("uint8 equal", Kind.UNSIGNED, 1),
    UINT16_EQUAL("uint16 equal", Kind.UNSIGNED, 2),
    INT32_EQUAL("int32 equal", Kind.SIGNED, 4),
    UINT32_EQUAL("uint32 equal", Kind.UNSIGNED, 4),
    /// QEMU describes `uint64 equal` by this name, and has no other that it could mean.
    UINT64_EQUAL("int64 equal", Kind.UNSIGNED, 8),
    /// "Less or equal", not little-endian.
    INT32_LESS_OR_EQUAL("int32 le", Kind.SIGNED, 4),
    /// Not in streams: what registers of PCI devices are made of.
    UINT16_LITTLE_ENDIAN("uint16 little-endian", Kind.UNSIGNED_LITTLE_ENDIAN, 2),
    /// Not in streams: what registers of PCI devices are made of.
    UINT32_LITTLE_ENDIAN("uint32 little-endian", Kind.UNSIGNED_LITTLE_ENDIAN, 4),
    /// Not in streams: what registers of PCI devices are made of.
    UINT64_LITTLE_ENDIAN("uint64 little-endian", Kind.UNSIGNED_LITTLE_ENDIAN, 8),
    FLOAT64("float64", Kind.FLOAT, 8),
    CPU_DOUBLE("CPU_Double_U", Kind.FLOAT, 8),
    TIMER("timer", Kind.TIMER, 8),
    NULL_POINTER("nullptr", Kind.NULL, 1),
    POINTER_MARK("ptr marker", Kind.POINTER_MARK, 1);

    /// What a value is, whatever its size.
    enum Kind {
        BOOL,
        SIGNED,
        UNSIGNED,
        UNSIGNED_LITTLE_ENDIAN,
        FLOAT,
        TIMER,
        NULL,
        POINTER_MARK
    }

    private static final Map<String, WireType> BY_NAME =
            Arrays.stream(values())
                    .collect(Collectors.toMap(type -> type.typeName, Function.identity()));

    private final String typeName;
    private final Kind kind;
    private final int bytes;

    WireType(String typeName, Kind kind, int bytes) {
        this.typeName = typeName;
        this.kind = kind;
        this.bytes = bytes;
    }

    /// The type of that name, or null if it is another kind of type.
    static @Nullable WireType named(String name) {
        return BY_NAME.get(name);
    }

    Kind kind() {
        return kind;
    }

    int bytes() {
        return bytes;
    }
}
