// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

/// A difference of one node between the two streams of a [Report].
///
/// @param before the value in the first stream; empty if it has none
/// @param after the value in the other stream; empty if it has none
public record ReportChange(Kind kind, String before, String after) {
    /// The kinds of differences.
    public enum Kind {
        /// Only the first stream has the node.
        REMOVED,
        /// Only the other stream has the node.
        ADDED,
        /// The value, the version or another property differs.
        CHANGED
    }
}
