// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// Thrown inside the engine where a state does not hold what its declaration promises.
///
/// Callers never see it: the engine turns it into a [org.vmstate.wire.RefusedException] that has
/// the same message, and a path.
public final class StateFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// A fault that is described by `message`.
    public StateFault(String message) {
        super(message);
    }

    /// Returns `value`, which has to be an instance of `type` and not null.
    public static Object state(@Nullable Object value, Class<?> type) {
        if (value == null || !type.isInstance(value)) {
            throw unfit(value, type);
        }
        return value;
    }

    /// Returns `value`, which has to be null or an instance of `type`.
    public static @Nullable Object value(@Nullable Object value, Class<?> type) {
        if (value != null && !type.isInstance(value)) {
            throw unfit(value, type);
        }
        return value;
    }

    /// Returns the result of a factory, which has to be an instance of `type` and not null.
    public static Object made(@Nullable Object made, Class<?> type) {
        if (made == null) {
            throw new StateFault("the factory returned null");
        }
        return state(made, type);
    }

    /// Throws what a method handle of the state threw, as it is, declared or not.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public static <E extends Throwable> RuntimeException rethrow(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private static StateFault unfit(@Nullable Object value, Class<?> type) {
        String found = value == null ? "null" : value.getClass().getTypeName();
        return new StateFault(found + " where " + type.getTypeName() + " must be");
    }
}
