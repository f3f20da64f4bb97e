// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Accessors;
import org.vmstate.internal.layout.StateFault;

/// A member that the caller's functions get and set.
record FunctionMember(Accessors accessors) implements Member {
    @Override
    public Class<?> type() {
        return accessors instanceof Accessors.OfNumber ? long.class : Object.class;
    }

    @Override
    public boolean settable() {
        return switch (accessors) {
            case Accessors.OfNumber _ -> true;
            case Accessors.OfObject(_, var set) -> set != null;
        };
    }

    @Override
    public long number(Object state) {
        return switch (accessors) {
            case Accessors.OfNumber(var get, _) -> get.applyAsLong(state);
            case Accessors.OfObject(var get, _) -> Elements.unbox(get.apply(state));
        };
    }

    @Override
    public void number(Object state, long value) {
        switch (accessors) {
            case Accessors.OfNumber(_, var set) -> set.accept(state, value);
            case Accessors.OfObject _ -> object(state, Elements.box(value, object(state)));
        }
    }

    @Override
    public @Nullable Object object(Object state) {
        return switch (accessors) {
            case Accessors.OfNumber(var get, _) -> get.applyAsLong(state);
            case Accessors.OfObject(var get, _) -> get.apply(state);
        };
    }

    @Override
    public void object(Object state, @Nullable Object value) {
        switch (accessors) {
            case Accessors.OfNumber(_, var set) -> set.accept(state, Elements.unbox(value));
            case Accessors.OfObject(_, var set) -> {
                if (set == null) {
                    throw new StateFault("loading replaces it, but it has no set function");
                }
                set.accept(state, value);
            }
        }
    }
}
