// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// Where in a state the value of a field is.
///
/// @param member the name of the member; null where it follows from the wire name
/// @param accessors reach the value in place of a member
/// @param conversion turns the value into what the kind of the field is kept in; null where it is
///   kept so
public record Home(
        @Nullable String member,
        @Nullable Accessors accessors,
        @Nullable Conversion<?> conversion) {
    /// The member that has the wire name.
    static final Home BY_NAME = new Home(null, null, null);

    /// The same, in the member of that name.
    public Home inMember(String name) {
        return new Home(name, accessors, conversion);
    }

    /// The same, reached by functions.
    public Home by(Accessors functions) {
        return new Home(member, functions, conversion);
    }

    /// The same, converted.
    public Home converted(Conversion<?> by) {
        return new Home(member, accessors, by);
    }
}
