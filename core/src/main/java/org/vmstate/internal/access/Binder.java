// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.FieldDeclaration;

/// Makes the accesses of one description for its kind of state.
///
/// What a declaration asks and the state cannot do is an `IllegalArgumentException`.
public interface Binder {
    /// What kind of thing the states are.
    StateForm form();

    /// The access to the values of a field that nests descriptions with these layouts.
    FieldAccess field(FieldDeclaration field, List<Layout> nested);

    /// Refuses the name of a member that the states do not have.
    void checkMember(String name);

    /// The number in the member of a field, read as the wire type that sends it; `type` is null for
    /// a member that no field sends, which is then read as its own type.
    Count.Source number(FieldDeclaration field, @Nullable ScalarType type);
}
