// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;

/// Where an element was read from.
///
/// @param offset the absolute offset of its first byte in the stream
/// @param bodyEnd how the end of a section's body was found; empty for other elements
/// @param inside where the elements of a packaged command were read from, in their order
public record Origin(long offset, Optional<BodyEnd> bodyEnd, List<Origin> inside) {
    /// An origin whose list does not change any more.
    public Origin {
        inside = List.copyOf(inside);
    }

    static Origin at(long offset) {
        return new Origin(offset, Optional.empty(), List.of());
    }
}
