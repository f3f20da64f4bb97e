// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

/// The filter for text from an input, or from a file's name, on its way to a message or a terminal.
public final class Printable {
    private Printable() {}

    /// The text with `?` in place of what a terminal or a reader of lines would obey: control and
    /// format characters, separators of lines and paragraphs, halves of surrogate pairs.
    public static String text(String text) {
        int at = 0;
        while (at < text.length() && isPlain(text.charAt(at))) {
            at++;
        }
        return at == text.length() ? text : filtered(text, at);
    }

    /// Whether a character is one of those that nearly all texts consist of.
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

    /// The same between quotes; quotes inside are replaced too.
    public static String quoted(String text) {
        return '"' + text(text).replace('"', '?') + '"';
    }
}
