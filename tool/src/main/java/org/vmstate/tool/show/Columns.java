// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

/// Text set in columns.
///
/// In place of `String.format`, which when it first runs takes longer than all the rest of a table.
final class Columns {
    private Columns() {}

    /// The text with spaces behind it.
    static String left(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /// The text with spaces before it.
    static String right(String text, int width) {
        return " ".repeat(Math.max(0, width - text.length())) + text;
    }
}
