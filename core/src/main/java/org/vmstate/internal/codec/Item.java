// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.ScalarType;

/// A part of a state that always has the same size on the wire.
sealed interface Item {
    /// The number of bytes.
    int bytes();

    /// The number of bytes that loading accesses: one more than [#bytes()] if it has to check
    /// whether a subsection follows.
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

    /// Several numbers of at most 8 bytes in total, as wide in their fields as on the wire. Code
    /// may move 8 bytes for them: at least 8 bytes remain in the run.
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

    /// Numbers in an array whose elements have the same width as on the wire.
    record Numbers(Spot spot, ScalarType type, int first, int count) implements Item {
        @Override
        public int bytes() {
            return type.bytes() * count;
        }
    }

    /// Bytes in an array.
    record Buffer(Spot spot, int start, int bytes) implements Item {}

    /// Unused bytes.
    record Gap(int bytes) implements Item {}

    /// A structure, in an object or in memory.
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

    /// A structure that is processed by a method of its own, because it occurs often.
    record Shared(Spot spot, Step.StructMethod structure) implements Item {
        @Override
        public int bytes() {
            return structure.shape().bytes();
        }

        @Override
        public int extent() {
            return bytes() + 1;
        }

        @Override
        public boolean checked() {
            return structure.shape().checked;
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

    /// A body that consists only of items. Properties of all its items are computed once, because
    /// shapes nest.
    final class Shape {
        private final Layout layout;
        private final List<Item> items;
        private final int bytes;
        private final int size;
        private final boolean checked;

        /// Creates the shape of the body of a layout.
        Shape(Layout layout, List<Item> items) {
            this.layout = layout;
            this.items = List.copyOf(items);
            this.bytes = Item.bytes(items);
            this.size = Item.size(items);
            this.checked = Item.checked(items);
        }

        Layout layout() {
            return layout;
        }

        /// The type of the states.
        Class<?> type() {
            return layout.form().type();
        }

        List<Item> items() {
            return items;
        }

        int bytes() {
            return bytes;
        }
    }

    /// The number of values that code moves one by one for the item.
    default int size() {
        return 1;
    }

    /// Whether loading compares a number with the value in the state.
    default boolean checked() {
        return false;
    }

    /// Returns the number of values that code moves one by one for items in a row.
    static int size(List<? extends Item> items) {
        int size = 0;
        for (Item item : items) {
            size += item.size();
        }
        return size;
    }

    /// Returns the number of bytes of items in a row.
    static int bytes(List<? extends Item> items) {
        int bytes = 0;
        for (Item item : items) {
            bytes += item.bytes();
        }
        return bytes;
    }

    /// Returns whether loading any of the items compares a number with the value in the state.
    static boolean checked(List<? extends Item> items) {
        for (Item item : items) {
            if (item.checked()) {
                return true;
            }
        }
        return false;
    }

    /// Returns the number of bytes that loading all of the items accesses.
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
