// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.StateFault;

/// A component of a record; during a load, a slot of the record's draft.
public record ComponentMember(MethodHandle getter, int slot, Class<?> type, Type genericType)
        implements Member {
    @Override
    public boolean settable() {
        return true;
    }

    @Override
    public long number(Object state) {
        return Elements.unbox(object(state));
    }

    @Override
    public void number(Object state, long value) {
        ((@Nullable Object[]) state)[slot] = Elements.box(value, type);
    }

    @Override
    public @Nullable Object object(Object state) {
        if (state instanceof @Nullable Object[] draft) {
            return draft[slot];
        }
        try {
            return getter.invoke(state);
        } catch (Throwable e) {
            throw StateFault.<RuntimeException>rethrow(e);
        }
    }

    @Override
    public void object(Object state, @Nullable Object value) {
        ((@Nullable Object[]) state)[slot] = value;
    }
}
