// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.MemoryAccess;
import org.vmstate.internal.access.ObjectAccess;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.format.ScalarType;

/// The location of a field's values, as compiled code accesses them.
sealed interface Spot {
    /// Returns the spot of a field; null if the field is only accessible through its access.
    static @Nullable Spot of(FieldLayout field) {
        return switch (field.access()) {
            case ObjectAccess access when access.member() instanceof VariableMember member ->
                    new InObject(member, access.single());
            case MemoryAccess access -> new InMemory(access);
            default -> null;
        };
    }

    /// The primitive type that a single number is kept in; null if it is kept in another type.
    @Nullable Class<?> primitive();

    /// Whether the elements are the bytes of the wire, in another order at most.
    boolean holdsArrayOf(ScalarType type);

    /// Whether the elements are bytes.
    boolean holdsBytes();

    /// Whether there may be elements up to an index, exclusive. False if it is known beforehand
    /// that there are fewer.
    boolean mayHold(long length);

    /// Whether the value is a structure.
    boolean holdsStruct();

    /// Whether the elements are structures, or pointers to them.
    boolean holdsStructs();

    /// Whether setting what is here changes what is at another spot of the same state.
    boolean overlaps(@Nullable Spot other);

    /// A member of an object; `single` is true if the member is the value and not a container of
    /// elements.
    record InObject(VariableMember member, boolean single) implements Spot {
        @Override
        public @Nullable Class<?> primitive() {
            return type().isPrimitive() ? type() : null;
        }

        @Override
        public boolean holdsArrayOf(ScalarType type) {
            Class<?> component = type().getComponentType();
            return !single && component == integer(type.bytes());
        }

        @Override
        public boolean holdsBytes() {
            return type() == byte[].class;
        }

        @Override
        public boolean mayHold(long length) {
            return true;
        }

        @Override
        public boolean overlaps(@Nullable Spot other) {
            return other instanceof InObject(VariableMember o, _)
                    && member.field().equals(o.field());
        }

        @Override
        public boolean holdsStruct() {
            return !type().isPrimitive();
        }

        @Override
        public boolean holdsStructs() {
            Class<?> component = type().getComponentType();
            return component != null && !component.isPrimitive() && !component.isArray();
        }

        Class<?> type() {
            return member.type();
        }
    }

    /// A member of a structure in memory.
    record InMemory(MemoryAccess access) implements Spot {
        @Override
        public @Nullable Class<?> primitive() {
            return access.inner() == null && access.number() != null
                    ? access.number().layout().carrier()
                    : null;
        }

        @Override
        public boolean holdsArrayOf(ScalarType type) {
            return primitive() == integer(type.bytes());
        }

        @Override
        public boolean holdsBytes() {
            return access.inner() == null && access.cell() instanceof ValueLayout.OfByte;
        }

        @Override
        public boolean mayHold(long length) {
            return length <= access.room();
        }

        @Override
        public boolean overlaps(@Nullable Spot other) {
            return other instanceof InMemory(MemoryAccess o)
                    && access.offset() < o.offset() + o.size()
                    && o.offset() < access.offset() + access.size();
        }

        @Override
        public boolean holdsStruct() {
            return true;
        }

        @Override
        public boolean holdsStructs() {
            return true;
        }

        /// The layout of one number.
        ValueLayout number() {
            if (access.number() == null) {
                throw new IllegalStateException("no number");
            }
            return access.number().layout();
        }
    }

    private static Class<?> integer(int bytes) {
        return switch (bytes) {
            case 1 -> byte.class;
            case 2 -> short.class;
            case 4 -> int.class;
            default -> long.class;
        };
    }
}
