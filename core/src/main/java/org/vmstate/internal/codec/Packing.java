// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.internal.codec.Item.Scalar;
import org.vmstate.internal.format.ScalarType;

/// Combines consecutive small numbers into words, each of which is moved at once.
///
/// This saves the bounds checks for each width of number, which cost more than moving the numbers.
final class Packing {
    private final List<Item> packed = new ArrayList<>();
    private final List<Scalar> word = new ArrayList<>();

    private Packing() {}

    /// Returns the items with as many as possible combined into words.
    static List<Item> of(List<Item> items) {
        Packing packing = new Packing();
        int left = Item.bytes(items);
        for (Item item : items) {
            if (item instanceof Scalar scalar && isSmall(scalar)) {
                packing.add(scalar, left);
            } else {
                packing.flush(left);
                packing.packed.add(
                        item instanceof Item.Struct(Spot spot, Item.Shape shape)
                                ? new Item.Struct(spot, of(shape))
                                : item);
            }
            left -= item.bytes();
        }
        packing.flush(0);
        return List.copyOf(packing.packed);
    }

    /// Returns a shape with as many as possible of its items combined into words.
    static Item.Shape of(Item.Shape shape) {
        return new Item.Shape(shape.layout(), of(shape.items()));
    }

    /// Whether a number has the same form in its field as on the wire.
    private static boolean isSmall(Scalar scalar) {
        ScalarType type = scalar.type();
        Class<?> primitive = Wide.primitive(scalar.spot());
        return type.check() == ScalarType.Check.NONE
                && type.bytes() < Long.BYTES
                && (type == ScalarType.BOOL) == (primitive == boolean.class)
                && primitive != float.class
                && !Wide.isWider(primitive, type);
    }

    private void add(Scalar scalar, int left) {
        if (Item.bytes(word) + scalar.bytes() > Long.BYTES) {
            flush(left);
        }
        word.add(scalar);
    }

    /// Ends a word; `left` bytes follow it in the run. Moving a word always writes 8 bytes: those
    /// after its numbers are overwritten by the next items.
    private void flush(int left) {
        List<Scalar> parts = List.copyOf(word);
        word.clear();
        if (parts.size() > 1 && Item.bytes(parts) + left >= Long.BYTES) {
            packed.add(new Item.Word(parts));
        } else {
            packed.addAll(parts);
        }
    }
}
