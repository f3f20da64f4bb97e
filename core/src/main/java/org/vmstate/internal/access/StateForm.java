// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;

/// What kind of thing a state is, and so how it comes into being.
public interface StateForm {
    /// Something to load into that is not yet a state; null where loading fills the state itself.
    default @Nullable Object draft() {
        return null;
    }

    /// The class of the states.
    Class<?> type();

    /// The state that a loaded draft becomes; throws what its constructor throws.
    default Object finish(Object draft) {
        return draft;
    }
}
