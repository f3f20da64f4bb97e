// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.io.IOException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The functions that a description calls before and after saving and loading its fields.
///
/// @param needed whether a subsection is sent; null means always
/// @param preSave runs before anything is written
/// @param postSave runs after a save, even if it failed, unless `preSave` failed
/// @param preLoad runs before anything is read
/// @param postLoad runs after fields and subsections were loaded
public record Hooks(
        @Nullable Predicate<Object> needed,
        @Nullable Hook preSave,
        @Nullable Hook postSave,
        @Nullable Hook preLoad,
        @Nullable PostLoad postLoad) {
    /// No hooks.
    public static final Hooks NONE = new Hooks(null, null, null, null, null);

    /// A hook that receives the state.
    @FunctionalInterface
    public interface Hook {
        /// Runs on a state; throws an exception to refuse it.
        void run(Object state) throws IOException;

        /// Runs after a failure; an exception of its own is suppressed.
        default void runAfter(Exception failure, Object state) {
            try {
                run(state);
            } catch (Exception after) {
                failure.addSuppressed(after);
            }
        }
    }

    /// The hook after loading, which also receives the version that was loaded.
    @FunctionalInterface
    public interface PostLoad {
        /// Runs on a state; throws an exception to refuse it.
        void run(Object state, int version) throws IOException;
    }
}
