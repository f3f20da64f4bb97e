// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Accessors;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// Binds to the fields of a class, which the caller's lookup can see, and to the components of a
/// record.
public final class ObjectBinder implements Binder {
    private final Class<?> type;
    private final MethodHandles.Lookup lookup;
    private final StateForm form;

    /// A binder for states of a class.
    public ObjectBinder(Class<?> type, MethodHandles.Lookup lookup) {
        this.type = type;
        this.lookup = lookup;
        try {
            this.form =
                    type.isRecord() ? new RecordForm(type, lookup) : new ObjectForm(type, lookup);
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(
                    "the lookup cannot see the constructor of " + type.getName(), e);
        }
    }

    @Override
    public StateForm form() {
        return form;
    }

    @Override
    public FieldAccess field(FieldDeclaration field, List<Layout> nested) {
        if (field.element() instanceof Element.Queue queue && queue.link() != null) {
            throw new IllegalArgumentException("queues of objects know their links");
        }
        Member member = hasMember(field) ? member(field) : NoMember.INSTANCE;
        if (member.type() != Object.class && member != NoMember.INSTANCE) {
            check(field, member, isInside(field), nested);
        }
        return access(field, member, nested);
    }

    @Override
    public Count.Source number(FieldDeclaration field, @Nullable ScalarType scalar) {
        return number(member(field), scalar);
    }

    /// The access to the values in a member.
    static FieldAccess access(FieldDeclaration field, Member member, List<Layout> nested) {
        Element element = field.element();
        if (field.allocated()
                && element instanceof Element.Struct(_, var made)
                && made == null
                && nested.getFirst().form().draft() == null) {
            throw new IllegalArgumentException("allocating structs needs a factory");
        }
        QueueAccess queue =
                new ObjectQueueAccess(element instanceof Element.Queue q ? q.made() : null);
        boolean single = !isInside(field) || member == NoMember.INSTANCE;
        return new ObjectAccess(member, element, single, queue);
    }

    /// The number in a member, read as a wire type if one is given.
    static Count.Source number(Member member, @Nullable ScalarType scalar) {
        return scalar == null ? member::number : state -> scalar.interpret(member.number(state));
    }

    /// Whether a field has a value at all.
    static boolean hasMember(FieldDeclaration field) {
        return !(field.element() instanceof Element.Unused
                || field.element() instanceof Element.Check
                || field.element() instanceof Element.Temporary);
    }

    /// Whether the elements of a field are inside what its member is or points to.
    static boolean isInside(FieldDeclaration field) {
        return field.count() != null
                || field.element() instanceof Element.Bytes
                || field.element() instanceof Element.Bitmap;
    }

    private Member member(FieldDeclaration field) {
        Accessors accessors = field.accessors();
        if (accessors != null) {
            return new FunctionMember(accessors);
        }
        String named = field.member();
        return named(named != null ? named : memberName(field.name()));
    }

    private Member named(String name) {
        try {
            return type.isRecord() ? component(name) : variable(name);
        } catch (IllegalAccessException e) {
            throw new IllegalArgumentException(
                    "the lookup cannot see " + type.getName() + "." + name, e);
        }
    }

    private Member component(String name) throws IllegalAccessException {
        RecordComponent[] components = type.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            if (components[i].getName().equals(name)) {
                return new ComponentMember(
                        lookup.unreflect(components[i].getAccessor()), i, components[i].getType());
            }
        }
        throw new IllegalArgumentException(type.getName() + " has no component " + name);
    }

    private Member variable(String name) throws IllegalAccessException {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(name) && !Modifier.isStatic(field.getModifiers())) {
                    MethodHandles.Lookup in =
                            c == lookup.lookupClass()
                                    ? lookup
                                    : MethodHandles.privateLookupIn(c, lookup);
                    return new VariableMember(in.unreflectVarHandle(field), field);
                }
            }
        }
        throw new IllegalArgumentException(type.getName() + " has no field " + name);
    }

    private static void check(
            FieldDeclaration field, Member member, boolean inside, List<Layout> nested) {
        Class<?> type = member.type();
        String fault =
                switch (field.element()) {
                    case Element.Bytes _ -> type == byte[].class ? null : "a byte[]";
                    case Element.Bitmap _ ->
                            type == long[].class || type == BitSet.class
                                    ? null
                                    : "a long[] or a BitSet";
                    case Element.Scalar(ScalarType scalar, _) ->
                            inside
                                    ? type.isArray()
                                            ? holds(innermost(type), scalar, field.pointers())
                                            : "an array of numbers"
                                    : type.isPrimitive()
                                            ? holds(type, scalar, false)
                                            : "a primitive type";
                    case Element.Queue queue -> isQueue(type, queue.list());
                    case Element.Tree _ ->
                            SortedMap.class.isAssignableFrom(type) ? null : "a SortedMap";
                    case Element.Struct _, Element.VersionedStruct _ ->
                            structs(type, inside, nested.getFirst());
                    default -> null;
                };
        if (fault != null) {
            throw new IllegalArgumentException(
                    "is kept in a " + type.getTypeName() + ", must be " + fault);
        }
        boolean made =
                field.element() instanceof Element.Struct
                        && nested.getFirst().form().draft() != null;
        boolean replaced =
                field.allocated()
                        || (!inside && (made || field.element() instanceof Element.Scalar));
        if (replaced && !member.settable()) {
            throw new IllegalArgumentException("loading sets it, but it is final");
        }
    }

    private static @Nullable String isQueue(Class<?> type, boolean list) {
        boolean can =
                List.class.isAssignableFrom(type)
                        || Deque.class.isAssignableFrom(type)
                        || type == (list ? ListQueue.class : TailQueue.class);
        return can ? null : list ? "a ListQueue, List or Deque" : "a TailQueue, List or Deque";
    }

    private static @Nullable String structs(Class<?> type, boolean inside, Layout inner) {
        if (inside && List.class.isAssignableFrom(type)) {
            return null;
        }
        Class<?> kept = inside ? innermost(type) : type;
        Class<?> described = inner.form().type();
        if (inside == type.isArray()
                && (kept.isAssignableFrom(described) || described.isAssignableFrom(kept))) {
            return null;
        }
        return (inside ? "an array or a List of " : "a ") + described.getName();
    }

    private static @Nullable String holds(Class<?> type, ScalarType scalar, boolean boxed) {
        if (boxed == type.isPrimitive()) {
            return boxed ? "an array of boxed numbers" : "an array of numbers";
        }
        int bytes = bytes(type);
        boolean truth = type == boolean.class || type == Boolean.class;
        boolean floating = type == double.class || type == Double.class;
        boolean fits =
                truth
                        ? scalar == ScalarType.BOOL
                        : floating
                                ? scalar == ScalarType.CPUDOUBLE || scalar == ScalarType.FLOAT64
                                : bytes >= (scalar == ScalarType.FD ? 4 : scalar.bytes());
        return fits ? null : "wide enough for " + scalar.typeName();
    }

    private static int bytes(Class<?> type) {
        if (type == byte.class || type == Byte.class) {
            return 1;
        } else if (type == short.class || type == Short.class) {
            return 2;
        } else if (type == int.class || type == Integer.class) {
            return 4;
        }
        return type == long.class || type == Long.class ? 8 : 0;
    }

    private static Class<?> innermost(Class<?> type) {
        Class<?> inner = type;
        while (inner.isArray()) {
            inner = inner.getComponentType();
        }
        return inner;
    }

    /// The Java name of a wire name: `extended_length` becomes `extendedLength`.
    private static String memberName(String wireName) {
        StringBuilder name = new StringBuilder();
        boolean upper = false;
        for (int i = 0; i < wireName.length(); i++) {
            char c = wireName.charAt(i);
            if (c == '_' || c == '-') {
                upper = !name.isEmpty();
            } else {
                name.append(upper ? Character.toUpperCase(c) : c);
                upper = false;
            }
        }
        return name.toString();
    }
}
