// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The access to a member that is one value (`single`) or holds elements, as arrays and lists do.
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
        member.object(state, elements);
        return elements;
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
        writer.bytes(bytes(elements), start, count);
    }

    @Override
    public void load(Object elements, int start, int count, WireReader reader) throws IOException {
        reader.bytes(bytes(elements), start, count);
    }

    private static byte[] bytes(Object elements) {
        return (byte[]) StateFault.state(elements, byte[].class);
    }
}
