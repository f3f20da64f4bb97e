// SPDX-License-Identifier: Apache-2.0
/// Declarations: descriptions and their fields as immutable data.
///
/// A [org.vmstate.internal.layout.Declaration] contains the wire format of a body and, as names and
/// functions, the place of each value in a state. The package `access` binds it to a kind of state.
/// A declaration without its code is a [org.vmstate.internal.schema.Schema].
@NullMarked
package org.vmstate.internal.layout;

import org.jspecify.annotations.NullMarked;
