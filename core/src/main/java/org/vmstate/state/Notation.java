// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.StringTokenizer;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;

/// A notation for descriptions of formats that a stream does not describe.
///
/// ```
/// fields := field*                                       separated by blanks
/// field  := name [*count] : type  |  name [*count] { fields }
/// type   := u8 u16 u32 u64 i32 bool u16le u32le u64le  |  buffer.size  |  pci-config.size  |  …
/// ```
///
/// Other types are those of the stream's description, with their size and with `-` instead of
/// blanks.
final class Notation {
    private final StringTokenizer words;

    private Notation(String text) {
        words = new StringTokenizer(text);
    }

    /// Creates a description of version 1 with these fields and no subsections.
    static StructDescription of(String vmsdName, String fields) {
        return new StructDescription(vmsdName, 1, new Notation(fields).fields(), List.of());
    }

    private List<FieldDescription> fields() {
        List<FieldDescription> fields = new ArrayList<>();
        while (words.hasMoreTokens()) {
            String word = words.nextToken();
            if (word.equals("}")) {
                return fields;
            }
            fields.add(field(word));
        }
        return fields;
    }

    private FieldDescription field(String word) {
        if (word.endsWith("{")) {
            StructDescription inside = new StructDescription("", 1, fields(), List.of());
            return struct(word.substring(0, word.length() - 1), inside);
        }
        int colon = word.indexOf(':');
        String name = word.substring(0, colon);
        String type = word.substring(colon + 1);
        int dot = type.indexOf('.');
        if (dot >= 0) {
            String kind = type.substring(0, dot).replace('-', ' ');
            return field(name, kind, Long.parseLong(type.substring(dot + 1)), Optional.empty());
        }
        return switch (type) {
            case "bool" -> scalar(name, ScalarType.BOOL);
            case "u8" -> scalar(name, ScalarType.UINT8);
            case "u16" -> scalar(name, ScalarType.UINT16);
            case "u32" -> scalar(name, ScalarType.UINT32);
            case "u64" -> scalar(name, ScalarType.UINT64);
            case "i32" -> scalar(name, ScalarType.INT32);
            case "u16le" -> field(name, "uint16 little-endian", 2, Optional.empty());
            case "u32le" -> field(name, "uint32 little-endian", 4, Optional.empty());
            case "u64le" -> field(name, "uint64 little-endian", 8, Optional.empty());
            default -> throw new IllegalArgumentException(word);
        };
    }

    private static FieldDescription scalar(String name, ScalarType type) {
        return field(name, type.typeName(), type.bytes(), Optional.empty());
    }

    /// Creates a field of structure type.
    static FieldDescription struct(String name, StructDescription inside) {
        return field(name, TypeNames.STRUCT, inside.bodySize(), Optional.of(inside));
    }

    private static FieldDescription field(
            String name, String type, long size, Optional<StructDescription> struct) {
        int star = name.indexOf('*');
        OptionalInt count =
                star < 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(Integer.parseInt(name.substring(star + 1)));
        return new FieldDescription(
                star < 0 ? name : name.substring(0, star),
                type,
                size,
                count,
                OptionalInt.empty(),
                struct,
                List.of());
    }
}
