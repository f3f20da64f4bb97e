// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;

/// The number of elements of an array, bytes of a buffer or bits of a bitmap.
public sealed interface Count {
    /// Returns the number for a state; a negative number means none.
    long of(Object state);

    /// The count of a field that is not an array: one.
    record One() implements Count {
        @Override
        public long of(Object state) {
            return 1;
        }
    }

    /// A constant number.
    record Fixed(int value) implements Count {
        @Override
        public long of(Object state) {
            return value;
        }
    }

    /// A number in the state, multiplied by a constant; `field` is the name of the field that sends
    /// it, or null if no field does.
    record Counted(Source source, @Nullable String field, int times) implements Count {
        @Override
        public long of(Object state) {
            return Math.multiplyExact(source.of(state), times);
        }
    }

    /// The place of a number in a state; the number has at most 32 bits.
    @FunctionalInterface
    interface Source {
        /// Returns the number in `state`.
        long of(Object state);
    }
}
