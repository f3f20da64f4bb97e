// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// The condition under which a field exists.
///
/// @param since the first version that has the field
/// @param test decides instead of `since`, if it is not null
/// @param must whether it is an error if the field does not exist
public record Existence(int since, @Nullable FieldTest test, boolean must) {
    /// In every version.
    static final Existence ALWAYS = new Existence(0, null, false);

    /// Returns a copy with another first version.
    public Existence since(int version) {
        return new Existence(version, test, must);
    }

    /// Returns a copy with another test.
    public Existence onlyIf(FieldTest other) {
        return new Existence(since, other, must);
    }

    /// Returns a copy with another `must`.
    public Existence demanded(boolean must) {
        return new Existence(since, test, must);
    }
}
