// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.FieldDeclaration;

/// Binds the fields of one description to its kind of state.
///
/// Throws `IllegalArgumentException` if the states do not support what a field declares.
public interface Binder {
    /// Returns the form of the states.
    StateForm form();

    /// Returns the access to the values of a field that nests descriptions with these layouts.
    FieldAccess field(FieldDeclaration field, List<Layout> nested);

    /// Throws `IllegalArgumentException` if the states have no member of that name.
    void checkMember(String name);

    /// Returns the source of the number in a field's member. The number is read as the wire type
    /// that sends it, or as its Java type if `type` is null because no field sends it.
    Count.Source number(FieldDeclaration field, @Nullable ScalarType type);
}
