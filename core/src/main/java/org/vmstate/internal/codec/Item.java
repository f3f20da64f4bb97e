// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;
import org.vmstate.internal.format.ScalarType;

/// A piece of a state that always has the same number of bytes.
sealed interface Item {
    /// The number of bytes.
    int bytes();

    /// How many bytes have to be there when it is loaded: one more than it has where a subsection
    /// is looked for behind it.
    default int extent() {
        return bytes();
    }

    /// A number in a field.
    record Scalar(Spot spot, ScalarType type) implements Item {
        @Override
        public int bytes() {
            return type.bytes();
        }

        @Override
        public boolean checked() {
            return type.check() != ScalarType.Check.NONE;
        }
    }

    /// Several numbers of up to 8 bytes together, as wide in their fields as on the wire. Code may
    /// move 8 bytes for them; there are so many.
    record Word(List<Scalar> parts) implements Item {
        @Override
        public int bytes() {
            return Item.bytes(parts);
        }

        @Override
        public int size() {
            return parts.size();
        }
    }

    /// Numbers in an array whose elements have their width.
    record Numbers(Spot spot, ScalarType type, int first, int count) implements Item {
        @Override
        public int bytes() {
            return type.bytes() * count;
        }
    }

    /// Bytes in an array.
    record Buffer(Spot spot, int start, int bytes) implements Item {}

    /// Bytes that mean nothing.
    record Gap(int bytes) implements Item {}

    /// A structure in an object.
    record Struct(Spot spot, Shape shape) implements Item {
        @Override
        public int bytes() {
            return shape.bytes();
        }

        @Override
        public int extent() {
            return bytes() + 1;
        }

        @Override
        public int size() {
            return 1 + shape.size;
        }

        @Override
        public boolean checked() {
            return shape.checked;
        }
    }

    /// Structures in an array of objects.
    record Structs(Spot spot, Shape shape, int first, int count) implements Item {
        @Override
        public int bytes() {
            return shape.bytes() * count;
        }

        @Override
        public int extent() {
            return bytes() + 1;
        }

        @Override
        public int size() {
            return 1 + shape.size;
        }

        @Override
        public boolean checked() {
            return shape.checked;
        }
    }

    /// A body that is nothing but items. What is asked about all of its items is worked out once,
    /// because shapes nest.
    final class Shape {
        private final Class<?> type;
        private final String name;
        private final List<Item> items;
        private final int bytes;
        private final int size;
        private final boolean checked;

        /// The body of a description of that name, whose states are of that type.
        Shape(Class<?> type, String name, List<Item> items) {
            this.type = type;
            this.name = name;
            this.items = List.copyOf(items);
            this.bytes = Item.bytes(items);
            this.size = Item.size(items);
            this.checked = Item.checked(items);
        }

        Class<?> type() {
            return type;
        }

        String name() {
            return name;
        }

        List<Item> items() {
            return items;
        }

        int bytes() {
            return bytes;
        }
    }

    /// How many values code moves one by one for the item.
    default int size() {
        return 1;
    }

    /// Whether loading it compares a number with what is in the state.
    default boolean checked() {
        return false;
    }

    /// How many values code moves one by one for items in a row.
    static int size(List<? extends Item> items) {
        int size = 0;
        for (Item item : items) {
            size += item.size();
        }
        return size;
    }

    /// The number of bytes of items in a row.
    static int bytes(List<? extends Item> items) {
        int bytes = 0;
        for (Item item : items) {
            bytes += item.bytes();
        }
        return bytes;
    }

    /// Whether loading one of some items compares a number with what is in the state.
    static boolean checked(List<? extends Item> items) {
        for (Item item : items) {
            if (item.checked()) {
                return true;
            }
        }
        return false;
    }

    /// How many bytes have to be there for all of some items.
    static int extent(List<Item> items) {
        int at = 0;
        int extent = 0;
        for (Item item : items) {
            extent = Math.max(extent, at + item.extent());
            at += item.bytes();
        }
        return extent;
    }
}
