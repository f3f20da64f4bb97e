// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

/// How many elements a field has.
public sealed interface Repetition {
    /// One: the field is no array.
    record Once() implements Repetition {}

    /// A number that does not depend on the state.
    ///
    /// @param count the number, not negative
    record Times(int count) implements Repetition {}

    /// A number that the state knows.
    record ByState() implements Repetition {}
}
