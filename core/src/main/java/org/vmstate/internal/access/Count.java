// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;

/// How many: elements of an array, bytes of a buffer, bits of a bitmap.
public sealed interface Count {
    /// The number for a state; one below 0 means none.
    long of(Object state);

    /// One, of a field that is no array.
    record One() implements Count {
        @Override
        public long of(Object state) {
            return 1;
        }
    }

    /// A number that the declaration knows.
    record Fixed(int value) implements Count {
        @Override
        public long of(Object state) {
            return value;
        }
    }

    /// A number in the state, times a constant; `field` is the name of the field that sends it,
    /// null where none does.
    record Counted(Source source, @Nullable String field, int times) implements Count {
        @Override
        public long of(Object state) {
            return Math.multiplyExact(source.of(state), times);
        }
    }

    /// Where in a state a number is; it has at most 32 bits.
    @FunctionalInterface
    interface Source {
        /// The number in `state`.
        long of(Object state);
    }
}
