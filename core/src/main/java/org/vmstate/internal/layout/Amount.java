// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.function.ToLongFunction;

/// A declared number of elements, bytes or bits, not bound to any kind of state.
public sealed interface Amount {
    /// Returns this amount multiplied by a constant.
    Amount times(int factor);

    /// A constant.
    record Fixed(int value) implements Amount {
        @Override
        public Amount times(int factor) {
            return new Fixed(product(value, factor));
        }
    }

    /// The number in the member called `name` on the wire, multiplied by a constant.
    record Member(String name, int factor) implements Amount {
        @Override
        public Amount times(int by) {
            return new Member(name, product(factor, by));
        }
    }

    /// The result of a function of the state, multiplied by a constant.
    record Computed(ToLongFunction<Object> function, int factor) implements Amount {
        @Override
        public Amount times(int by) {
            return new Computed(function, product(factor, by));
        }
    }

    private static int product(int count, int factor) {
        long product = (long) count * factor;
        if ((int) product != product) {
            throw new IllegalArgumentException(
                    count + " times " + factor + " is more than an array can have");
        }
        return (int) product;
    }
}
