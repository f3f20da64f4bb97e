// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import java.util.Optional;

/// A section's body as a tree of values, and how far its description was right.
///
/// Without findings the tree covers the body. Otherwise it holds what was decoded before the first
/// finding that stopped it, and [#rest()] the bytes from there on.
///
/// @param root the tree
/// @param rest the bytes at the end that the tree does not cover
/// @param findings what is wrong, in order of the offset; empty if bytes and description agree
public record DecodedSection(StructNode root, Optional<BytesNode> rest, List<Finding> findings) {
    /// A result that cannot change afterwards.
    public DecodedSection {
        findings = List.copyOf(findings);
    }

    /// The absolute offset behind the last byte that the tree covers.
    public long decodedEnd() {
        return root.offset() + root.length();
    }
}
