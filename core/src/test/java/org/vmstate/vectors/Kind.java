// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;

/// A kind of state that vectors can be tried on.
interface Kind<S> {
    /// Begins a description of the states of `id`, or of a subsection of theirs.
    VMStateDescriptionBuilder<S> builder(String id, String name);

    /// Binds a field to its member.
    VMStateField<S> bind(Description.Field field, VMStateField<Object> declared);

    /// Lets loading make the memory of a field.
    VMStateField<S> allocate(Description.Field field, VMStateField<S> declared);

    /// A state with nothing in it; a temporary one knows its parent.
    S blank(String id, @Nullable S parent);

    /// The state that JSON shows.
    S state(String id, Map<String, Object> json);

    /// What JSON shows of a state.
    Map<String, Object> json(String id, S state);

    /// The numbers in a state by the names of its members.
    Numbers numbers(String id, S state);

    /// Whether states of this kind can be declared by a description and look like `json`.
    default boolean can(String id, Map<String, Object> json) {
        return true;
    }

    /// Gives back the memory of all states so far, which are of no use then.
    default void forget() {}

    /// Makes the queue or list of a field empty, whatever its head holds.
    void initialise(String id, S state, Description.Field field);

    /// Numbers by name, as they are stored: the low bits count.
    interface Numbers {
        long number(String name);

        void number(String name, long value);
    }
}
