// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.nio.charset.StandardCharsets;

/// Writes a description as QEMU's JSON writer does, character for character: `{"a": 1, "b":
/// [...]}`.
///
/// It streams: what is written cannot be taken back, and a name may be given twice in one object,
/// as the entries of queues do. Names are for members of objects only; elements of arrays have
/// none.
///
/// Corresponds to QEMU's `JSONWriter` without pretty-printing.
public final class VmDescWriter {
    private final StringBuilder text = new StringBuilder();
    private boolean comma;

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
        text.append(value);
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
        text.append(value);
        comma = true;
        return this;
    }

    /// Everything written so far.
    @Override
    public String toString() {
        return text.toString();
    }

    /// Everything written so far, as it stands in a stream.
    public byte[] toByteArray() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private VmDescWriter open(char bracket) {
        text.append(bracket);
        comma = false;
        return this;
    }

    private VmDescWriter close(char bracket) {
        text.append(bracket);
        comma = true;
        return this;
    }

    private void name(String name) {
        separate();
        quote(name);
        text.append(": ");
    }

    private void separate() {
        if (comma) {
            text.append(", ");
        }
    }

    private void quote(String value) {
        JsonStyle.COMPACT.printString(value, text);
    }
}
