// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;

/// A kind of state with which vectors can be tested.
interface Kind<S> {
    /// Creates a builder for the description of the states of `id`, or of a subsection of it.
    VMStateDescriptionBuilder<S> builder(String id, String name);

    /// Binds a field to its member.
    VMStateField<S> bind(Description.Field field, VMStateField<Object> declared);

    /// Declares that loading allocates the memory of a field.
    VMStateField<S> allocate(Description.Field field, VMStateField<S> declared);

    /// Creates an empty state; a temporary one has a parent.
    S blank(String id, @Nullable S parent);

    /// Creates the state in a JSON value.
    S state(String id, Map<String, Object> json);

    /// The JSON value of a state.
    Map<String, Object> json(String id, S state);

    /// The numbers of a state by member name.
    Numbers numbers(String id, S state);

    /// Whether states of this kind can be declared by a description and have the structure of
    /// `json`.
    default boolean can(String id, Map<String, Object> json) {
        return true;
    }

    /// Frees the memory of all states created so far.
    default void forget() {}

    /// Empties the queue or list of a field, whatever the content of its head.
    void initialise(String id, S state, Description.Field field);

    /// Numbers by name; only the low bits are used, as they are stored.
    interface Numbers {
        long number(String name);

        void number(String name, long value);
    }
}
