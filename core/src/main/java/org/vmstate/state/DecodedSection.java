// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import java.util.Optional;

/// A section's body as a tree of values, and the contradictions between body and description.
///
/// If there are no findings, the tree covers the body. Otherwise it may end at the first finding
/// that stopped decoding, and [#rest()] is the remainder.
///
/// @param root the root of the tree
/// @param rest the bytes after those that the tree covers
/// @param findings the findings in ascending order of offset; empty if body and description agree
public record DecodedSection(StructNode root, Optional<BytesNode> rest, List<Finding> findings) {
    /// Copies the list.
    public DecodedSection {
        findings = List.copyOf(findings);
    }

    /// The absolute offset after the last byte that the tree covers.
    public long decodedEnd() {
        return root.offset() + root.length();
    }
}
