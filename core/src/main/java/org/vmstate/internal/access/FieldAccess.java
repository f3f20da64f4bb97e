// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The access to the values of one field in a state.
///
/// Callers call [#elements] once per field and then access each element by its index; a single
/// value has index 0. The object that `elements` returns is opaque to callers.
///
/// Throws [org.vmstate.internal.layout.StateFault] if a value does not fit its place or is missing,
/// contrary to the declaration.
public interface FieldAccess {
    /// Returns the holder of the field's elements in `state`; null for a null pointer.
    @Nullable Object elements(Object state);

    /// Returns the capacity of `elements`, in elements (in bytes for a buffer, in 64-bit words for
    /// a bitmap).
    long room(Object elements);

    /// Allocates `count` elements (bytes, words), all zero or null, for the field of `state` and
    /// returns their holder. If the accessor returns copies, the state receives the elements in
    /// [#loaded].
    Object allocate(Object state, int count);

    /// Called after all elements have been loaded into the holder that [#elements] or [#allocate]
    /// returned. If the accessor returns copies, this sets the value in the state.
    default void loaded(Object state, Object elements) {}

    /// Called after the object at `index`, which [#object(Object, int)] returned, has been loaded.
    /// If the accessor returns copies, this sets the value in the state.
    default void filled(Object elements, int index, Object value) {}

    /// Whether the element at `index` is a null pointer instead of a number.
    boolean isNullPointer(Object elements, int index);

    /// Returns the number at `index`, sign-extended from the width of the type it is kept in.
    long number(Object elements, int index);

    /// Sets the number at `index` to the low bits of `value`.
    void number(Object elements, int index, long value);

    /// Returns the state, queue or value at `index`; null for a null pointer.
    @Nullable Object object(Object elements, int index);

    /// Replaces the object that [#object(Object, int)] returns.
    void object(Object elements, int index, @Nullable Object value);

    /// Writes `count` bytes from byte `start` on.
    void save(Object elements, int start, int count, WireWriter writer) throws IOException;

    /// Reads `count` bytes into the elements from byte `start` on.
    void load(Object elements, int start, int count, WireReader reader) throws IOException;

    /// Returns the access to the elements of the queue that [#object(Object, int)] returns; only
    /// called for fields that are queues.
    QueueAccess queue();
}
