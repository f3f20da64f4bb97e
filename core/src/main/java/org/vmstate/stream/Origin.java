// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;

/// The place that an element was read from.
///
/// @param offset the absolute offset of its first byte in the stream
/// @param bodyEnd how the end of a section's body was found; empty for other elements
/// @param inside the origins of the elements of a packaged command, in their order
public record Origin(long offset, Optional<BodyEnd> bodyEnd, List<Origin> inside) {
    /// Copies the list.
    public Origin {
        inside = List.copyOf(inside);
    }

    static Origin at(long offset) {
        return new Origin(offset, Optional.empty(), List.of());
    }
}
