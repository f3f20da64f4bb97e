// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// When a field is there.
///
/// @param since the first version that has the field
/// @param test decides in place of `since`
/// @param must whether it is an error if the field is not there
public record Existence(int since, @Nullable FieldTest test, boolean must) {
    /// In every version.
    static final Existence ALWAYS = new Existence(0, null, false);

    /// The same, from that version on.
    public Existence since(int version) {
        return new Existence(version, test, must);
    }

    /// The same, there only if the test says so.
    public Existence onlyIf(FieldTest other) {
        return new Existence(since, other, must);
    }

    /// The same; `must` says whether it is an error if the field is not there.
    public Existence demanded(boolean must) {
        return new Existence(since, test, must);
    }
}
