// SPDX-License-Identifier: Apache-2.0
/// The layout: a description as plain immutable data, whatever it was declared with.
///
/// A [org.vmstate.internal.layout.Layout] says what is on the wire and, through a
/// [org.vmstate.internal.access.FieldAccess] per field, where in a state it belongs. Plans walk it;
/// nothing here reads or writes a byte.
@NullMarked
package org.vmstate.internal.layout;

import org.jspecify.annotations.NullMarked;
