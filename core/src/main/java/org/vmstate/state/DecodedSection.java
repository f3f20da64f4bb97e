// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import java.util.Optional;

/// A section's body as a tree of values, and how far its description was right.
///
/// Without problems the tree covers the body. Otherwise it holds what was decoded before the first
/// problem that stopped it, and [#rest()] the bytes from there on.
///
/// @param root the tree
/// @param rest the bytes at the end that the tree does not cover
/// @param problems what is wrong, in order of the offset; empty if bytes and description agree
public record DecodedSection(StructNode root, Optional<BytesNode> rest, List<Problem> problems) {
    /// A result that cannot change afterwards.
    public DecodedSection {
        problems = List.copyOf(problems);
    }

    /// The absolute offset behind the last byte that the tree covers.
    public long decodedEnd() {
        return root.offset() + root.length();
    }
}
