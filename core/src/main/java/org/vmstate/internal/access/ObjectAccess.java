// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Element;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The access to a member of an object: one value (`single`), or an array or list of elements.
public record ObjectAccess(Member member, Element element, boolean single, QueueAccess queue)
        implements FieldAccess {
    @Override
    public @Nullable Object elements(Object state) {
        return single ? state : member.object(state);
    }

    @Override
    public long room(Object elements) {
        return single ? 1 : Elements.length(elements);
    }

    @Override
    public Object allocate(Object state, int count) {
        Object elements = Elements.allocate(member.type(), element, count);
        if (!handsCopies()) {
            member.object(state, elements);
        }
        return elements;
    }

    @Override
    public void loaded(Object state, Object elements) {
        if (handsCopies()) {
            member.object(state, elements);
        }
    }

    @Override
    public void filled(Object elements, int index, Object value) {
        if (single && member instanceof FunctionMember && member.settable()) {
            member.object(elements, value);
        }
    }

    /// Whether the member may return a copy, which must be set after all of it has been loaded.
    private boolean handsCopies() {
        return !single && member instanceof FunctionMember && member.settable();
    }

    @Override
    public boolean isNullPointer(Object elements, int index) {
        return false;
    }

    @Override
    public long number(Object elements, int index) {
        return single ? member.number(elements) : Elements.number(elements, index);
    }

    @Override
    public void number(Object elements, int index, long value) {
        if (single) {
            member.number(elements, value);
        } else {
            Elements.number(elements, index, value);
        }
    }

    @Override
    public @Nullable Object object(Object elements, int index) {
        return single ? member.object(elements) : Elements.object(elements, index);
    }

    @Override
    public void object(Object elements, int index, @Nullable Object value) {
        if (single) {
            member.object(elements, value);
        } else {
            Elements.object(elements, index, value);
        }
    }

    @Override
    public void save(Object elements, int start, int count, WireWriter writer) throws IOException {
        if (elements instanceof byte[] array) {
            writer.bytes(array, start, count);
        } else {
            writer.bytes(Elements.bytes(elements).asSlice(start, count));
        }
    }

    @Override
    public void load(Object elements, int start, int count, WireReader reader) throws IOException {
        if (elements instanceof byte[] array) {
            reader.bytes(array, start, count);
        } else {
            reader.bytes(Elements.bytes(elements).asSlice(start, count));
        }
    }
}
