// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How a value of a Java type becomes one that a kind of field is kept in, and back.
///
/// What a function refuses is a [StateFault]. Neither gets nor returns null.
///
/// @param type the type of the value in the state
/// @param argument the type argument that `type` must have; null if it has none
/// @param kept the type that the kind of the field is kept in: `Long` for numbers
/// @param toKept turns the value of a state into what is saved
/// @param fromKept turns what was loaded into the value of a state
/// @param <V> the type of the value in the state
public record Conversion<V>(
        Class<V> type,
        @Nullable Class<?> argument,
        Class<?> kept,
        Function<V, Object> toKept,
        Function<Object, V> fromKept) {
    /// What is saved for a value; null for null.
    public @Nullable Object keep(@Nullable Object value) {
        return value == null ? null : toKept.apply(type.cast(value));
    }

    /// The value for what was loaded.
    public Object restore(Object loaded) {
        return fromKept.apply(loaded);
    }
}
