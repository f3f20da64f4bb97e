// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// Thrown inside the engine if a state does not match its declaration.
///
/// It never reaches callers: the engine converts it to a [org.vmstate.wire.RefusedException] with
/// the same message and a path.
public final class StateFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// Creates a fault with a message.
    public StateFault(String message) {
        super(message);
    }

    /// Returns `value`, which must be an instance of `type` and not null.
    public static Object state(@Nullable Object value, Class<?> type) {
        if (value == null || !type.isInstance(value)) {
            throw unfit(value, type);
        }
        return value;
    }

    /// Returns `value`, which must be null or an instance of `type`.
    public static @Nullable Object value(@Nullable Object value, Class<?> type) {
        if (value != null && !type.isInstance(value)) {
            throw unfit(value, type);
        }
        return value;
    }

    /// Returns the result of a factory, which must be an instance of `type` and not null.
    public static Object made(@Nullable Object made, Class<?> type) {
        if (made == null) {
            throw new StateFault("the factory returned null");
        }
        return state(made, type);
    }

    /// Rethrows a throwable of a method handle of the state without declaring it.
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public static <E extends Throwable> RuntimeException rethrow(Throwable thrown) throws E {
        throw (E) thrown;
    }

    private static StateFault unfit(@Nullable Object value, Class<?> type) {
        String found = value == null ? "null" : value.getClass().getTypeName();
        return new StateFault(found + " where " + type.getTypeName() + " must be");
    }
}
