// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Where the values of one field are in a state.
///
/// A walk asks [#elements] once per field and then for each element by index: a lone value has
/// index 0. What `elements` returns means something only to this access.
///
/// A value that does not fit where it should go, or is missing where one must be, is a
/// [org.vmstate.internal.layout.StateFault]: the declaration promised otherwise.
public interface FieldAccess {
    /// What holds the elements of the field in `state`; null for a null pointer.
    @Nullable Object elements(Object state);

    /// How many elements (bytes, for a buffer; words of 64 bits, for a bitmap) there is room for.
    long room(Object elements);

    /// Gives the field of `state` new room for `count` elements (bytes, words), all zero or null,
    /// and returns it. Nothing else changes; a state whose accessor hands out copies gets the room
    /// by [#loaded].
    Object allocate(Object state, int count);

    /// Called when all elements were loaded into what [#elements] or [#allocate] returned; a state
    /// whose accessor hands out copies takes them now.
    default void loaded(Object state, Object elements) {}

    /// Called when the object at `index`, which [#object(Object, int)] returned, was filled; a
    /// state whose accessor hands out copies takes it now.
    default void filled(Object elements, int index, Object value) {}

    /// Whether a null pointer is at `index`, so that there is no number.
    boolean isNullPointer(Object elements, int index);

    /// The number at `index`, sign-extended from the width of where it is kept.
    long number(Object elements, int index);

    /// Sets the number at `index` to the low bits of `value`.
    void number(Object elements, int index, long value);

    /// The state, queue or value at `index`; null for a null pointer.
    @Nullable Object object(Object elements, int index);

    /// Replaces what [#object(Object, int)] returns.
    void object(Object elements, int index, @Nullable Object value);

    /// Writes `count` bytes from byte `start` on.
    void save(Object elements, int start, int count, WireWriter writer) throws IOException;

    /// Reads `count` bytes to byte `start` and on.
    void load(Object elements, int start, int count, WireReader reader) throws IOException;

    /// How the elements of a queue, which is what [#object(Object, int)] returns, are reached; only
    /// for fields that are queues.
    QueueAccess queue();
}
