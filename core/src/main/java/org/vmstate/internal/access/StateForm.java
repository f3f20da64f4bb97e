// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;

/// The kind of a description's states, which determines how they are created.
public interface StateForm {
    /// Returns a new draft to load into, from which the state is created; null if loading fills the
    /// state itself.
    default @Nullable Object draft() {
        return null;
    }

    /// The class of the states.
    Class<?> type();

    /// Returns the state for a loaded draft; throws what the state's constructor throws.
    default Object finish(Object draft) {
        return draft;
    }
}
