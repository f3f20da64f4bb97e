// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.schema;

/// The number of elements of a field.
public sealed interface Repetition {
    /// One: the field is not an array.
    record Once() implements Repetition {}

    /// A number that does not depend on the state.
    ///
    /// @param count the number, not negative
    record Times(int count) implements Repetition {}

    /// A number that depends on the state.
    record ByState() implements Repetition {}
}
