// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Accessors;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// Binds fields to the fields of a class that the caller's lookup can access, and to the components
/// of a record.
public final class ObjectBinder implements Binder {
    private static final Set<Class<?>> BUFFERS =
            Set.of(byte[].class, ByteBuffer.class, MemorySegment.class);
    private static final Set<ScalarType> DOUBLES =
            Set.of(ScalarType.FLOAT64, ScalarType.CPUDOUBLE, ScalarType.UINT64);

    private final Class<?> type;
    private final MethodHandles.Lookup lookup;
    private final StateForm form;

    /// Creates a binder for states of a class.
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
        Member member = field.hasValue() ? member(field) : NoMember.INSTANCE;
        if (!(member instanceof FunctionMember) && member != NoMember.INSTANCE) {
            check(field, member, isInside(field), nested);
        }
        return access(field, member, nested);
    }

    @Override
    public void checkMember(String name) {
        named(name);
    }

    @Override
    public Count.Source number(FieldDeclaration field, @Nullable ScalarType scalar) {
        return number(member(field), scalar);
    }

    /// Returns the access to the values in a member.
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

    /// Returns the source of the number in a member, read as a wire type if one is given.
    static Count.Source number(Member member, @Nullable ScalarType scalar) {
        return scalar == null ? member::number : state -> scalar.interpret(member.number(state));
    }

    /// Whether the member of a field holds a container of elements: an array, a buffer or a bitmap.
    static boolean isInside(FieldDeclaration field) {
        return field.count() != null
                || field.element() instanceof Element.Bytes
                || field.element() instanceof Element.Bitmap;
    }

    private Member member(FieldDeclaration field) {
        Accessors accessors = field.home().accessors();
        Member member =
                accessors != null ? new FunctionMember(accessors) : named(field.memberName());
        Conversion<?> conversion = field.home().conversion();
        if (conversion == null) {
            return member;
        }
        if (member.type() != conversion.type() && member.type() != Object.class) {
            throw keptIn(member.genericType(), "a " + conversion.type().getTypeName());
        }
        if (conversion.argument() != null
                && member.genericType() instanceof ParameterizedType parameterized
                && parameterized.getActualTypeArguments()[0] instanceof Class<?> argument
                && argument != conversion.argument()) {
            throw keptIn(
                    member.genericType(),
                    "a "
                            + conversion.type().getSimpleName()
                            + " of "
                            + conversion.argument().getTypeName());
        }
        return new ConvertedMember(member, conversion);
    }

    private Member named(String name) {
        return type.isRecord() ? component(name) : variable(name);
    }

    private Member component(String name) {
        RecordComponent[] components = type.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            if (components[i].getName().equals(name)) {
                try {
                    return new ComponentMember(
                            lookup.unreflect(components[i].getAccessor()),
                            i,
                            components[i].getType(),
                            components[i].getGenericType());
                } catch (IllegalAccessException e) {
                    throw new IllegalArgumentException(
                            "the lookup cannot see " + type.getName() + "." + name, e);
                }
            }
        }
        throw new IllegalArgumentException(type.getName() + " has no component " + name);
    }

    private Member variable(String name) {
        Field field = declared(name);
        try {
            return new VariableMember(handle(field), field);
        } catch (IllegalAccessException | NoSuchFieldException e) {
            Class<?> owner = field.getDeclaringClass();
            Module module = owner.getModule();
            Module own = lookup.lookupClass().getModule();
            throw new IllegalArgumentException(
                    "the lookup cannot see "
                            + owner.getName()
                            + "."
                            + name
                            + (module == own ? "" : ", which is in " + module)
                            + ": use the lookup of the class itself, or reach the value by"
                            + " .number(get, set) or .object(get, set)",
                    e);
        }
    }

    private Field declared(String name) {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(name) && !Modifier.isStatic(field.getModifiers())) {
                    return field;
                }
            }
        }
        throw new IllegalArgumentException(type.getName() + " has no field " + name);
    }

    /// Returns the handle of a field. Tries the caller's lookup, then a lookup of the class of the
    /// states (for protected fields of its superclasses), then one of the declaring class (for
    /// private fields of superclasses in modules that are open to the caller).
    private VarHandle handle(Field field) throws IllegalAccessException, NoSuchFieldException {
        try {
            return lookup.findVarHandle(type, field.getName(), field.getType());
        } catch (IllegalAccessException e) {
            // The next lookup may have access.
        }
        if (lookup.lookupClass() != type) {
            try {
                return MethodHandles.privateLookupIn(type, lookup)
                        .findVarHandle(type, field.getName(), field.getType());
            } catch (IllegalAccessException e) {
                // The next lookup may have access.
            }
        }
        return MethodHandles.privateLookupIn(field.getDeclaringClass(), lookup)
                .unreflectVarHandle(field);
    }

    private static void check(
            FieldDeclaration field, Member member, boolean inside, List<Layout> nested) {
        Class<?> type = member.type();
        String fault =
                switch (field.element()) {
                    case Element.Bytes _ ->
                            BUFFERS.contains(type)
                                    ? null
                                    : "a byte[], a ByteBuffer or a MemorySegment"
                                            + (type == String.class
                                                    ? advice(type)
                                                    : ": or reach it by .object(get, set)");
                    case Element.Bitmap _ ->
                            type == long[].class || type == BitSet.class
                                    ? null
                                    : "a long[] or a BitSet";
                    case Element.Scalar(ScalarType scalar, _) ->
                            inside
                                    ? type.isArray()
                                            ? numbers(innermost(type), scalar, field.pointers())
                                            : "an array of numbers"
                                    : number(type, scalar);
                    case Element.Queue queue -> isQueue(type, queue.list());
                    case Element.Tree _ ->
                            SortedMap.class.isAssignableFrom(type) ? null : "a SortedMap";
                    case Element.Struct _, Element.VersionedStruct _ ->
                            structs(type, inside, nested.getFirst());
                    default -> null;
                };
        if (fault != null) {
            throw keptIn(type, fault);
        }
        if (inside
                || field.element() instanceof Element.Queue
                || field.element() instanceof Element.Tree) {
            checkArguments(member.genericType(), nested);
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

    private static IllegalArgumentException keptIn(Type type, String wanted) {
        return new IllegalArgumentException(
                "is kept in a " + type.getTypeName() + ", must be " + wanted);
    }

    /// Rejects collections whose type arguments cannot be the classes of the described states.
    private static void checkArguments(Type type, List<Layout> nested) {
        if (!(type instanceof ParameterizedType parameterized) || nested.isEmpty()) {
            return;
        }
        Type[] arguments = parameterized.getActualTypeArguments();
        int from = arguments.length - nested.size();
        for (int i = 0; from >= 0 && i < nested.size(); i++) {
            Class<?> described = nested.get(i).form().type();
            if (arguments[from + i] instanceof Class<?> argument
                    && !argument.isAssignableFrom(described)
                    && !described.isAssignableFrom(argument)) {
                throw keptIn(
                        type,
                        "a collection of "
                                + described.getTypeName()
                                + ", which "
                                + nested.get(i).name()
                                + " describes");
            }
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

    /// Returns the required element type of an array of numbers; null if `type` satisfies it.
    private static @Nullable String numbers(Class<?> type, ScalarType scalar, boolean boxed) {
        if (boxed == type.isPrimitive() || primitive(type) == null) {
            return boxed ? "an array of boxed numbers" : "an array of primitive numbers";
        }
        return number(type, scalar);
    }

    /// Returns the required type of a member that holds a number; null if `type` satisfies it.
    public static @Nullable String number(Class<?> type, ScalarType scalar) {
        Class<?> primitive = primitive(type);
        if (primitive == null) {
            return "a number" + advice(type);
        }
        boolean fits =
                primitive == boolean.class
                        ? scalar == ScalarType.BOOL
                        : primitive == float.class
                                ? scalar == ScalarType.UINT32
                                : primitive == double.class
                                        ? DOUBLES.contains(scalar)
                                        : Elements.integerBytes(primitive)
                                                >= (scalar == ScalarType.FD
                                                        ? Integer.BYTES
                                                        : scalar.bytes());
        if (fits) {
            return null;
        }
        return primitive == float.class
                ? "sent as uint32, which has its bits"
                : primitive == double.class
                        ? "sent as float64, or as uint64, which has its bits"
                        : primitive == boolean.class
                                ? "sent as bool"
                                : "wide enough for " + scalar.typeName();
    }

    /// Returns the declaration to use for a type that is not a number.
    private static String advice(Class<?> type) {
        if (type.isEnum()) {
            String name = type.getSimpleName();
            return ": give the constants their numbers by .constants("
                    + name
                    + ".class, "
                    + name
                    + "::ordinal)";
        }
        if (type == String.class) {
            return ": a String is a string(name, maxBytes)";
        }
        if (type == Optional.class) {
            return ": an Optional is an optional(name, type, field)";
        }
        return BUFFERS.contains(type)
                ? ": bytes are a buffer or a vbuffer"
                : ": reach it by .number(get, set), or declare a struct or a custom field";
    }

    /// Returns the primitive type of a number or of its box; null for other types.
    private static @Nullable Class<?> primitive(Class<?> type) {
        Class<?> primitive = MethodType.methodType(type).unwrap().returnType();
        return primitive.isPrimitive() && primitive != void.class ? primitive : null;
    }

    private static Class<?> innermost(Class<?> type) {
        Class<?> inner = type;
        while (inner.isArray()) {
            inner = inner.getComponentType();
        }
        return inner;
    }
}
