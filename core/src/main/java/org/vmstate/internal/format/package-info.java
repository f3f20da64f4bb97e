// SPDX-License-Identifier: Apache-2.0
/// The rules of the wire format that more than one part of this library needs: marks, names of
/// types, headers, keys of the JSON description, limits.
///
/// This package does not depend on states, descriptions or whole streams; it imports only `wire`,
/// and all other packages may import it. The grammar is in `docs/format`.
@NullMarked
package org.vmstate.internal.format;

import org.jspecify.annotations.NullMarked;
