// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Text from a stream, made fit for messages and terminals.
public final class Printable {
    private Printable() {}

    /// The text with control and formatting characters replaced by `?`.
    public static String text(String text) {
        StringBuilder fit = new StringBuilder(text.length());
        int c;
        for (int at = 0; at < text.length(); at += Character.charCount(c)) {
            c = text.codePointAt(at);
            boolean control = Character.isISOControl(c) || Character.getType(c) == Character.FORMAT;
            fit.appendCodePoint(control ? '?' : c);
        }
        return fit.toString();
    }

    /// The same between quotes; quotes inside are replaced too.
    public static String quoted(String text) {
        return '"' + text(text).replace('"', '?') + '"';
    }
}
