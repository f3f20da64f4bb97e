// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import org.jspecify.annotations.Nullable;

/// The place of a field's value in a state.
///
/// @param member the name of the member; null if it is derived from the wire name
/// @param accessors get and set the value; null if it is in a member
/// @param conversion converts the value to the type in which the kind of field is kept; null if no
///   conversion is needed
public record Home(
        @Nullable String member,
        @Nullable Accessors accessors,
        @Nullable Conversion<?> conversion) {
    /// The member whose name is derived from the wire name.
    static final Home BY_NAME = new Home(null, null, null);

    /// Returns a copy with the value in the named member.
    public Home inMember(String name) {
        return new Home(name, accessors, conversion);
    }

    /// Returns a copy with the value accessed by functions.
    public Home by(Accessors functions) {
        return new Home(member, functions, conversion);
    }

    /// Returns a copy with a conversion.
    public Home converted(Conversion<?> by) {
        return new Home(member, accessors, by);
    }
}
