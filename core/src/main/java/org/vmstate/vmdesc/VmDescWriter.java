// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.RenderedText;

/// Writes a description as QEMU's JSON writer does, character for character: `{"a": 1, "b":
/// [...]}`.
///
/// It streams: what is written cannot be taken back, and a name may be given twice in one object,
/// as the entries of queues do. Names are for members of objects only; elements of arrays have
/// none.
///
/// Corresponds to QEMU's `JSONWriter` without pretty-printing.
public final class VmDescWriter {
    static {
        RenderedText.register(
                (writer, text, times, complete) ->
                        ((VmDescWriter) writer).append(text, times, complete));
    }

    private @Nullable StringBuilder text;
    private @Nullable Copy last;
    private boolean comma;

    /// Rendered text and where it goes in the text that is written member by member. It is copied
    /// only at the end, so that it need not be moved whenever a builder grows.
    private record Copy(
            int at, String text, int times, boolean separated, @Nullable Copy previous) {
        long length() {
            return (long) times * (text.length() + SEPARATOR.length());
        }

        void appendTo(StringBuilder whole) {
            for (int i = 0; i < times; i++) {
                if (separated || i > 0) {
                    whole.append(SEPARATOR);
                }
                whole.append(text);
            }
        }
    }

    private static final String SEPARATOR = ", ";

    /// A writer that has written nothing.
    public VmDescWriter() {}

    /// Begins the outermost object, or one that is an element of an array.
    public VmDescWriter startObject() {
        separate();
        return open('{');
    }

    /// Begins an object that is a member.
    public VmDescWriter startObject(String name) {
        name(name);
        return open('{');
    }

    /// Ends the innermost object.
    public VmDescWriter endObject() {
        return close('}');
    }

    /// Begins an array that is a member.
    public VmDescWriter startArray(String name) {
        name(name);
        return open('[');
    }

    /// Ends the innermost array.
    public VmDescWriter endArray() {
        return close(']');
    }

    /// A member that is a number.
    public VmDescWriter number(String name, long value) {
        name(name);
        text().append(value);
        comma = true;
        return this;
    }

    /// A member that is a string.
    public VmDescWriter string(String name, String value) {
        name(name);
        quote(value);
        comma = true;
        return this;
    }

    /// A member that is a truth value.
    public VmDescWriter bool(String name, boolean value) {
        name(name);
        text().append(value);
        comma = true;
        return this;
    }

    /// Everything written so far.
    @Override
    public String toString() {
        StringBuilder written = text();
        if (last == null) {
            return written.toString();
        }
        long length = written.length();
        List<Copy> copies = new ArrayList<>();
        for (Copy copy = last; copy != null; copy = copy.previous) {
            copies.add(copy);
            length += copy.length();
        }
        StringBuilder whole = new StringBuilder(Math.toIntExact(length));
        int at = 0;
        for (Copy copy : copies.reversed()) {
            whole.append(written, at, copy.at);
            at = copy.at;
            copy.appendTo(whole);
        }
        return whole.append(written, at, written.length()).toString();
    }

    /// Everything written so far, as it stands in a stream.
    public byte[] toByteArray() {
        return toString().getBytes(StandardCharsets.UTF_8);
    }

    /// Appends a text so many times; `complete` says that a separator is due behind the last.
    private void append(String rendered, int times, boolean complete) {
        last = new Copy(text == null ? 0 : text.length(), rendered, times, comma, last);
        comma = complete;
    }

    private StringBuilder text() {
        StringBuilder known = text;
        if (known == null) {
            known = new StringBuilder();
            text = known;
        }
        return known;
    }

    private VmDescWriter open(char bracket) {
        text().append(bracket);
        comma = false;
        return this;
    }

    private VmDescWriter close(char bracket) {
        text().append(bracket);
        comma = true;
        return this;
    }

    private void name(String name) {
        separate();
        quote(name);
        text().append(": ");
    }

    private void separate() {
        if (comma) {
            text().append(SEPARATOR);
        }
    }

    private void quote(String value) {
        JsonStyle.COMPACT.printString(value, text());
    }
}
