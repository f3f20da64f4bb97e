// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

/// The text of JSON inside an HTML page.
///
/// Everything but printable ASCII, and the characters that HTML or a script could take for markup,
/// is escaped, so that no string ends the element that contains the JSON.
final class PageText {
    private static final String HEX = "0123456789abcdef";

    private PageText() {}

    /// The number of bytes of a character in a string.
    static int escapedLength(char c) {
        return plain(c) ? 1 : 6;
    }

    private static boolean plain(char c) {
        return c >= ' ' && c < 0x7f && "\"\\<>&'".indexOf(c) < 0;
    }

    /// Appends a string in quotes.
    static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (plain(c)) {
                out.append(c);
            } else {
                out.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.append(HEX.charAt(c >> shift & 15));
                }
            }
        }
        out.append('"');
    }
}
