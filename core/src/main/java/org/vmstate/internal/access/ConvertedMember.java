// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Conversion;

/// A member whose value is converted to the type that its kind of field is kept in.
public record ConvertedMember(Member member, Conversion<?> conversion) implements Member {
    @Override
    public Class<?> type() {
        return conversion.kept() == Long.class ? long.class : conversion.kept();
    }

    @Override
    public boolean settable() {
        return member.settable();
    }

    @Override
    public long number(Object state) {
        return Elements.unbox(object(state));
    }

    @Override
    public void number(Object state, long value) {
        member.object(state, conversion.restore(value));
    }

    @Override
    public @Nullable Object object(Object state) {
        return conversion.keep(member.object(state));
    }

    @Override
    public void object(Object state, @Nullable Object value) {
        member.object(state, value == null ? null : conversion.restore(value));
    }
}
