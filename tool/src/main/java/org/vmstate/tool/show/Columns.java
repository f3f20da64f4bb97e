// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

/// Pads text to columns.
///
/// Used instead of `String.format`, whose first use takes longer than printing a whole table.
final class Columns {
    private Columns() {}

    /// The text, padded with spaces on the right.
    static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /// The text, padded with spaces on the left.
    static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
