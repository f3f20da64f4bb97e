// SPDX-License-Identifier: Apache-2.0
/// The seam between a plan and a state: plans know only these interfaces.
///
/// [org.vmstate.internal.access.FieldAccess] reaches the values of a field,
/// [org.vmstate.internal.access.QueueAccess] the elements of a queue,
/// [org.vmstate.internal.access.StateForm] says how a state comes into being, and a
/// [org.vmstate.internal.access.Binder] makes them all for one kind of state: Java objects, or
/// native memory.
@NullMarked
package org.vmstate.internal.access;

import org.jspecify.annotations.NullMarked;
