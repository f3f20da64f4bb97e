// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// Filters text from an input or a file name for use in a message or on a terminal.
public final class Printable {
    private Printable() {}

    /// Returns the text with the characters that a terminal or a line reader would interpret
    /// replaced by `?`: control and format characters, line and paragraph separators, and unpaired
    /// surrogates.
    public static String text(String text) {
        int at = 0;
        while (at < text.length() && isPlain(text.charAt(at))) {
            at++;
        }
        return at == text.length() ? text : filtered(text, at);
    }

    /// Whether a character is one of the printable characters that most texts consist of.
    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f;
    }

    private static String filtered(String text, int from) {
        StringBuilder fit = new StringBuilder(text.length()).append(text, 0, from);
        int c;
        for (int at = from; at < text.length(); at += Character.charCount(c)) {
            c = text.codePointAt(at);
            fit.appendCodePoint(isObeyed(c) ? '?' : c);
        }
        return fit.toString();
    }

    private static boolean isObeyed(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            default -> false;
        };
    }

    /// Returns the filtered text between quotes; quotes in the text are replaced too.
    public static String quoted(String text) {
        return '"' + text(text).replace('"', '?') + '"';
    }
}
