// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.util.List;
import java.util.Optional;

/// A device, or a value in one, in the tree of a [Report].
///
/// @param step the text to add to the parent's path to get the path of this node, as of `vmstate
///   show`
/// @param type the type in the description
/// @param offset the absolute offset of the first byte in the stream, or in the other stream if the
///   change is [ReportChange.Kind#ADDED]
/// @param length the number of bytes
/// @param value the value, or the number of elements
/// @param change the difference from the other stream
/// @param children the nodes in this one, in the order of the wire
/// @param folded the number of further children, which are left out because there are too many
public record ReportNode(
        String step,
        String type,
        Kind kind,
        long offset,
        long length,
        String value,
        Optional<ReportChange> change,
        List<ReportNode> children,
        int folded) {
    /// Copies the list.
    public ReportNode {
        children = List.copyOf(children);
    }

    /// The kinds of nodes.
    public enum Kind {
        /// A device whose state is described.
        DEVICE,
        /// A device without a description, or one that was sent in several sections.
        UNDESCRIBED,
        /// A structure.
        STRUCT,
        /// A subsection.
        SUBSECTION,
        /// An array.
        ARRAY,
        /// A queue or list.
        QUEUE,
        /// A sorted map.
        TREE,
        /// A value of a known type that is not described by fields.
        COMPOSITE,
        /// An integer.
        INTEGER,
        /// A boolean.
        BOOL,
        /// A floating-point number.
        FLOAT,
        /// A timer.
        TIMER,
        /// A null pointer.
        NULL,
        /// A counted string.
        TEXT,
        /// Bytes without further structure.
        BYTES,
        /// A bitmap.
        BITMAP,
        /// A gap without meaning.
        UNUSED,
        /// A defect of the stream.
        FINDING
    }
}
