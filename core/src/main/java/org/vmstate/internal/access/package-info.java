// SPDX-License-Identifier: Apache-2.0
/// Layouts: declarations that are bound to a kind of state, Java objects or native memory.
///
/// Plans interpret a [org.vmstate.internal.access.Layout], and the codec compiles it. Four
/// interfaces separate it from the state: [org.vmstate.internal.access.FieldAccess] accesses the
/// values of a field, [org.vmstate.internal.access.QueueAccess] the elements of a queue,
/// [org.vmstate.internal.access.StateForm] creates states, and a
/// [org.vmstate.internal.access.Binder] creates all of these for one kind of state.
@NullMarked
package org.vmstate.internal.access;

import org.jspecify.annotations.NullMarked;
