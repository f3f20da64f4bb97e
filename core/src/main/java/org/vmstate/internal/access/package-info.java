// SPDX-License-Identifier: Apache-2.0
/// Layouts: declarations that are bound to a kind of state, Java objects or native memory.
///
/// A [org.vmstate.internal.access.Layout] is what plans walk and the codec compiles. Its seam to
/// the state are four interfaces: [org.vmstate.internal.access.FieldAccess] reaches the values of a
/// field, [org.vmstate.internal.access.QueueAccess] the elements of a queue,
/// [org.vmstate.internal.access.StateForm] says how a state comes into being, and a
/// [org.vmstate.internal.access.Binder] makes them all for one kind of state.
@NullMarked
package org.vmstate.internal.access;

import org.jspecify.annotations.NullMarked;
