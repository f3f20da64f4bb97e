// SPDX-License-Identifier: Apache-2.0
/// The rules of the wire format that more than one part of this library needs, each of them once:
/// marks, names of types, headers, keys of the JSON description, limits.
///
/// Nothing here knows a state, a description or a stream as a whole; all other parts import this
/// one, and it imports only `wire`. The grammar itself is in `docs/format`.
@NullMarked
package org.vmstate.internal.format;

import org.jspecify.annotations.NullMarked;
