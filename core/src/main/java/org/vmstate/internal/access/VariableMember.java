// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.StateFault;

/// A field of a class, accessed through a variable handle, or by name in compiled code.
public record VariableMember(VarHandle handle, Field field) implements Member {
    @Override
    public Class<?> type() {
        return field.getType();
    }

    @Override
    public Type genericType() {
        return field.getGenericType();
    }

    @Override
    public boolean settable() {
        return !Modifier.isFinal(field.getModifiers());
    }

    @Override
    public long number(Object state) {
        Class<?> type = type();
        if (type == boolean.class) {
            return (boolean) handle.get(state) ? 1 : 0;
        }
        if (type == double.class) {
            return Double.doubleToRawLongBits((double) handle.get(state));
        }
        if (type == float.class) {
            return Float.floatToRawIntBits((float) handle.get(state));
        }
        return type.isPrimitive() ? (long) handle.get(state) : Elements.unbox(object(state));
    }

    @Override
    public void number(Object state, long value) {
        Class<?> type = type();
        if (type == boolean.class) {
            handle.set(state, value != 0);
        } else if (type == byte.class) {
            handle.set(state, (byte) value);
        } else if (type == short.class) {
            handle.set(state, (short) value);
        } else if (type == int.class) {
            handle.set(state, (int) value);
        } else if (type == long.class) {
            handle.set(state, value);
        } else if (type == double.class) {
            handle.set(state, Double.longBitsToDouble(value));
        } else {
            handle.set(state, Elements.box(value, type));
        }
    }

    @Override
    public @Nullable Object object(Object state) {
        return handle.get(state);
    }

    @Override
    public void object(Object state, @Nullable Object value) {
        Class<?> type = type();
        handle.set(state, type.isPrimitive() ? value : StateFault.value(value, type));
    }
}
