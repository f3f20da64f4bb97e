// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.wire.WireWriter;

/// Writes a description with exactly the characters of QEMU's JSON writer: `{"a": 1, "b": [...]}`.
///
/// Written text cannot be changed. A name may occur more than once in an object, as in the entries
/// of queues. Only members of objects have names; elements of arrays do not.
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

    /// Rendered text and its position in the text that is written member by member. It is copied
    /// only at the end, so that it is not moved each time a builder grows.
    private record Copy(
            int at, String text, int times, boolean separated, @Nullable Copy previous) {
        long length() {
            return (long) times * text.length()
                    + (separated ? times : times - 1L) * SEPARATOR.length();
        }

        /// Copies the text `times` times into an array; returns the index after the copies.
        int copyTo(byte[] whole, int from) {
            int one = from;
            if (separated) {
                one = ascii(SEPARATOR, 0, SEPARATOR.length(), whole, one);
            }
            int end = ascii(text, 0, text.length(), whole, one);
            if (times == 1) {
                return end;
            }
            int next = ascii(SEPARATOR, 0, SEPARATOR.length(), whole, end);
            return repeat(whole, next, next - one, (times - 1L) * (next - one) - (next - end));
        }

        /// Repeats the `period` bytes before an index to fill `length` bytes; returns the index
        /// after them.
        private static int repeat(byte[] whole, int from, int period, long length) {
            int end = (int) (from + length);
            int at = from;
            int known = period;
            while (at < end) {
                int some = Math.min(known, end - at);
                System.arraycopy(whole, at - known, whole, at, some);
                at += some;
                known += some;
            }
            return end;
        }
    }

    private static final String SEPARATOR = ", ";

    /// Creates a writer.
    public VmDescWriter() {}

    /// Begins the outermost object, or an object that is an element of an array.
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

    /// Writes a member that is a number.
    public VmDescWriter number(String name, long value) {
        name(name);
        text().append(value);
        comma = true;
        return this;
    }

    /// Writes a member that is a string.
    public VmDescWriter string(String name, String value) {
        name(name);
        quote(value);
        comma = true;
        return this;
    }

    /// Writes a member that is `true` or `false`.
    public VmDescWriter bool(String name, boolean value) {
        name(name);
        text().append(value);
        comma = true;
        return this;
    }

    /// Returns the text written so far.
    @Override
    public String toString() {
        return new String(toByteArray(), StandardCharsets.ISO_8859_1);
    }

    /// Returns the text written so far as it is in a stream, in ASCII.
    public byte[] toByteArray() {
        byte[] whole = new byte[length()];
        copyTo(whole, 0);
        return whole;
    }

    /// The length of the text in bytes.
    ///
    /// @throws ArithmeticException if it exceeds an int
    public int length() {
        long length = text == null ? 0 : text.length();
        for (Copy copy = last; copy != null; copy = copy.previous) {
            length += copy.length();
        }
        return Math.toIntExact(length);
    }

    /// Writes the text.
    public void writeTo(WireWriter out) throws IOException {
        int length = length();
        int at = out.reserve(length);
        copyTo(out.buffer(), at);
        out.commit(length);
    }

    private void copyTo(byte[] whole, int start) {
        String written = text == null ? "" : text.toString();
        List<Copy> copies = new ArrayList<>();
        for (Copy copy = last; copy != null; copy = copy.previous) {
            copies.add(copy);
        }
        int from = 0;
        int at = start;
        for (Copy copy : copies.reversed()) {
            at = copy.copyTo(whole, ascii(written, from, copy.at, whole, at));
            from = copy.at;
        }
        ascii(written, from, written.length(), whole, at);
    }

    /// Copies ASCII characters; returns the index after them.
    @SuppressWarnings("deprecation") // drops the upper half of a character, which is zero
    private static int ascii(String text, int from, int to, byte[] whole, int at) {
        text.getBytes(from, to, whole, at);
        return at + to - from;
    }

    /// Appends a text `times` times; `complete` is true if the next member or element must be
    /// preceded by a separator.
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
