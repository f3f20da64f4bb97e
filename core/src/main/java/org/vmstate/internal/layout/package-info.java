// SPDX-License-Identifier: Apache-2.0
/// Declarations: descriptions and their fields as plain immutable data, as they were declared.
///
/// A [org.vmstate.internal.layout.Declaration] says what is on the wire and, by names and
/// functions, where in a state it belongs. It is not bound to a kind of state: the package `access`
/// does that. Without its code it is a [org.vmstate.internal.schema.Schema].
@NullMarked
package org.vmstate.internal.layout;

import org.jspecify.annotations.NullMarked;
