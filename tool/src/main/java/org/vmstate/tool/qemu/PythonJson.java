// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import java.io.IOException;
import java.io.Writer;

/// Writes JSON in the format of Python's `json.dumps(…, indent=4)`: one member or element per line,
/// ASCII only.
final class PythonJson {
    private static final int INDENT = 4;

    private final Writer out;
    private int depth;
    private boolean empty = true;

    PythonJson(Writer out) {
        this.out = out;
    }

    void open(char bracket) throws IOException {
        out.write(bracket);
        depth++;
        empty = true;
    }

    void close(char bracket) throws IOException {
        depth--;
        if (!empty) {
            line();
        }
        out.write(bracket);
        empty = false;
    }

    /// Writes the name of a member of an object; its value has to follow.
    void name(String name) throws IOException {
        element();
        string(name);
        out.write(": ");
    }

    /// Begins an element of a list; its value has to follow.
    void element() throws IOException {
        if (!empty) {
            out.write(',');
        }
        empty = false;
        line();
    }

    /// Writes a number or keyword unchanged.
    void literal(String text) throws IOException {
        out.write(text);
    }

    void string(String text) throws IOException {
        out.write('"');
        for (int i = 0; i < text.length(); i++) {
            character(text.charAt(i));
        }
        out.write('"');
    }

    private void character(char c) throws IOException {
        switch (c) {
            case '"' -> out.write("\\\"");
            case '\\' -> out.write("\\\\");
            case '\b' -> out.write("\\b");
            case '\f' -> out.write("\\f");
            case '\n' -> out.write("\\n");
            case '\r' -> out.write("\\r");
            case '\t' -> out.write("\\t");
            default -> {
                if (c < 0x20 || c >= 0x7f) {
                    out.write(String.format("\\u%04x", (int) c));
                } else {
                    out.write(c);
                }
            }
        }
    }

    private void line() throws IOException {
        out.write('\n');
        for (int i = 0; i < depth * INDENT; i++) {
            out.write(' ');
        }
    }
}
