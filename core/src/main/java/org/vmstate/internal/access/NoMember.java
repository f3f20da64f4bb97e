// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

/// The member of a field without a value: a gap, a check or a temporary object.
enum NoMember implements Member {
    INSTANCE;

    @Override
    public Class<?> type() {
        return Object.class;
    }

    @Override
    public boolean settable() {
        return false;
    }

    @Override
    public long number(Object state) {
        throw new IllegalStateException("a field without a value");
    }

    @Override
    public void number(Object state, long value) {
        throw new IllegalStateException("a field without a value");
    }

    @Override
    public Object object(Object state) {
        return state;
    }

    @Override
    public void object(Object state, @org.jspecify.annotations.Nullable Object value) {
        throw new IllegalStateException("a field without a value");
    }
}
