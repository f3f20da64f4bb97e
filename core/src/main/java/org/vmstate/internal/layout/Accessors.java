// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ObjLongConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Functions that get and set a value, used instead of a member of the state.
public sealed interface Accessors {
    /// A number.
    record OfNumber(ToLongFunction<Object> get, ObjLongConsumer<Object> set) implements Accessors {}

    /// Anything else. If `set` is null, loading fills the existing object and never replaces it.
    record OfObject(
            Function<Object, @Nullable Object> get,
            @Nullable BiConsumer<Object, @Nullable Object> set)
            implements Accessors {}
}
