// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.StateFault;

/// A member whose value is converted to the type in which its kind of field is kept.
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
    public Object object(Object state) {
        Object value = conversion.keep(member.object(state));
        if (value == null) {
            throw new StateFault("null where a " + conversion.type().getSimpleName() + " must be");
        }
        return value;
    }

    @Override
    public void object(Object state, @Nullable Object value) {
        member.object(state, value == null ? null : conversion.restore(value));
    }
}
