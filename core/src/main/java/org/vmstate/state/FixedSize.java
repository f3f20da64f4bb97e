// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.StructDescription;

/// Fields whose size does not depend on their bytes, so that an element of an array of them can be
/// created from its index alone.
final class FixedSize {
    private FixedSize() {}

    /// Whether all elements of this field have the size in the description, and any bytes are valid
    /// for them (except null pointers, which must be checked).
    static boolean is(FieldDescription field) {
        WireType type = WireType.named(field.type());
        if (type != null) {
            return type.bytes() == field.size();
        }
        if (field.struct().isPresent()) {
            return is(field.struct().get(), field.size());
        }
        return switch (field.type()) {
            case TypeNames.TAIL_QUEUE,
                    TypeNames.LIST,
                    TypeNames.TREE,
                    TypeNames.CAPABILITY,
                    TypeNames.DESCRIPTOR,
                    TypeNames.VIRTIO ->
                    false;
            default -> field.elements().size() != 1;
        };
    }

    private static boolean is(StructDescription struct, long size) {
        return struct.subsections().isEmpty()
                && struct.bodySize() == size
                && struct.fields().stream().allMatch(field -> is(field) && !isNull(field));
    }

    private static boolean isNull(FieldDescription field) {
        WireType type = WireType.named(field.type());
        return type != null && type.kind() == WireType.Kind.NULL;
    }

    /// The number of nodes without bytes in one element of a field of fixed size, including the
    /// element; [Long#MAX_VALUE] if it is greater.
    static long emptyValues(FieldDescription field) {
        long empty = field.size() == 0 ? 1 : 0;
        if (WireType.named(field.type()) != null || field.struct().isEmpty()) {
            return empty;
        }
        for (FieldRun run : field.struct().get().runs()) {
            long length = 0;
            for (FieldRun.CountedField counted : run.fields()) {
                length |= counted.field().size();
                empty = plus(empty, times(counted.count(), emptyValues(counted.field())));
            }
            empty = run.array() && length == 0 ? plus(empty, 1) : empty;
        }
        return empty;
    }

    /// The sum of two non-negative numbers, at most [Long#MAX_VALUE].
    static long plus(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /// The product of two non-negative numbers, at most [Long#MAX_VALUE].
    static long times(long a, long b) {
        return a != 0 && b > Long.MAX_VALUE / a ? Long.MAX_VALUE : a * b;
    }

    /// Creates the value at a place; its bytes must be available.
    static StateNode make(NodePlace place, FieldDescription field) {
        WireType type = WireType.named(field.type());
        if (type != null) {
            return switch (type.kind()) {
                case BOOL -> new BoolNode(place);
                case SIGNED -> new IntegerNode(place, type.bytes(), true, ByteOrder.BIG_ENDIAN);
                case UNSIGNED -> new IntegerNode(place, type.bytes(), false, ByteOrder.BIG_ENDIAN);
                case UNSIGNED_LITTLE_ENDIAN ->
                        new IntegerNode(place, type.bytes(), false, ByteOrder.LITTLE_ENDIAN);
                case FLOAT -> new FloatNode(place);
                case TIMER -> new TimerNode(place);
                case NULL -> new NullNode(place);
            };
        }
        if (field.struct().isPresent()) {
            return struct(place, field.struct().get());
        }
        return switch (field.type()) {
            case TypeNames.BUFFER -> new BytesNode(place, field.size(), BytesNode.Kind.BUFFER);
            case TypeNames.UNUSED_BUFFER ->
                    new BytesNode(place, field.size(), BytesNode.Kind.UNUSED);
            case TypeNames.BITMAP ->
                    field.size() % Long.BYTES == 0
                            ? new BitmapNode(place, field.size())
                            : new BytesNode(place, field.size(), BytesNode.Kind.OPAQUE);
            default -> DeviceTypes.make(place, field.size());
        };
    }

    private static StructNode struct(NodePlace place, StructDescription description) {
        StructNode node = new StructNode(place, description.vmsdName(), description.version());
        node.endAt(fields(node, node::add, description, place.offset()));
        return node;
    }

    /// Creates the values of a description whose fields all have a fixed size; their bytes must be
    /// available. Returns the offset after the last one.
    static long fields(
            StateNode node, Consumer<StateNode> add, StructDescription description, long start) {
        Region region = node.place().region();
        long offset = start;
        for (FieldRun run : description.runs()) {
            FieldDescription field = run.fields().getFirst().field();
            NodePlace inside = NodePlace.field(node, run.name(), field.type(), region, offset);
            if (run.array()) {
                ArrayNode array = new ArrayNode(inside);
                offset = array(array, run, offset);
                add.accept(array);
            } else {
                add.accept(make(inside, field));
                offset += field.size();
            }
        }
        return offset;
    }

    private static long array(ArrayNode array, FieldRun run, long start) {
        long offset = start;
        for (FieldRun.CountedField counted : run.fields()) {
            FieldDescription field = counted.field();
            array.add(
                    counted.count(),
                    offset,
                    field.size(),
                    (parent, index, at) ->
                            make(
                                    NodePlace.element(
                                            parent,
                                            index,
                                            field.type(),
                                            parent.place().region(),
                                            at),
                                    field));
            offset += field.size() * counted.count();
        }
        array.endAt(offset);
        return offset;
    }
}
