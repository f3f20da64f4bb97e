// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;

/// One member of a state that is an object: a field of a class, a component of a record, or a pair
/// of functions.
public interface Member {
    /// The declared type; `Object` if it is not known.
    Class<?> type();

    /// The declared type with its arguments, as far as they are known.
    default Type genericType() {
        return type();
    }

    /// Whether it can be set.
    boolean settable();

    /// The value as a number: a boolean is 0 or 1, a floating-point number is its bits.
    long number(Object state);

    /// Sets the value as a number.
    void number(Object state, long value);

    /// The value.
    @Nullable Object object(Object state);

    /// Sets the value.
    void object(Object state, @Nullable Object value);
}
