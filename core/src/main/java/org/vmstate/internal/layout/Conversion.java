// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A conversion between a value of a Java type and the type in which a kind of field is kept.
///
/// The functions throw [StateFault] for a value that they refuse. They neither receive nor return
/// null.
///
/// @param type the type of the value in the state
/// @param argument the type argument that `type` must have; null if it has none
/// @param kept the type in which the kind of field is kept: `Long` for numbers
/// @param toKept converts the value of a state to the value that is saved
/// @param fromKept converts the loaded value to the value of a state
/// @param <V> the type of the value in the state
public record Conversion<V>(
        Class<V> type,
        @Nullable Class<?> argument,
        Class<?> kept,
        Function<V, Object> toKept,
        Function<Object, V> fromKept) {
    /// Returns the value to save; null for null.
    public @Nullable Object keep(@Nullable Object value) {
        return value == null ? null : toKept.apply(type.cast(value));
    }

    /// Returns the value for the state.
    public Object restore(Object loaded) {
        return fromKept.apply(loaded);
    }
}
