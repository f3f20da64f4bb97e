// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.ComponentMember;
import org.vmstate.internal.access.ConvertedMember;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.Member;
import org.vmstate.internal.access.ObjectAccess;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.layout.Element;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// Finds the fields of a class that no description saves and loads; tests use it to detect
/// forgotten fields.
///
/// ```java
/// @Test
/// void everyFieldIsMigrated() {
///     assertEquals(
///             List.of(),
///             VMStateCoverage.of(Uart.class, Uart.VMSTATE).except("baudRate").uncovered());
/// }
/// ```
///
/// Fields of superclasses are included, except those of JDK classes. Static and `transient` fields
/// are not included, nor are the links of queue elements, which loading the queue sets. The
/// subsections of a description count as part of it. If a description nests others (structures,
/// elements of queues and trees), the fields of the nested classes are included: `timer.deadline`,
/// `frames[].data`, `filters[].key.port`, `filters[].value.queue`.
///
/// A field is covered if a description binds to it or declares it [not
/// sent][VMStateDescriptionBuilder#notSent]. Fields that are saved and loaded by functions
/// (accessors, hooks, temporaries) must be passed to [#except].
///
/// Immutable.
public final class VMStateCoverage {
    private final Set<String> uncovered;

    private VMStateCoverage(Set<String> uncovered) {
        this.uncovered = uncovered;
    }

    /// Returns the coverage of a class by descriptions of it or of its superclasses.
    public static VMStateCoverage of(Class<?> type, VMStateDescription<?>... descriptions) {
        Set<String> uncovered = new LinkedHashSet<>();
        List<Layout> layouts = new ArrayList<>();
        for (VMStateDescription<?> description : descriptions) {
            Layout layout = description.layout();
            if (!layout.form().type().isAssignableFrom(type)) {
                throw new IllegalArgumentException(
                        description.name()
                                + " describes "
                                + layout.form().type().getName()
                                + ", not "
                                + type.getName());
            }
            layouts.add(layout);
        }
        new Collector(uncovered).visit("", new CoveredClass(type, layouts));
        return new VMStateCoverage(uncovered);
    }

    /// Returns this coverage with the given fields removed from the uncovered ones: fields that
    /// functions save and load, and fields that are deliberately not sent. Throws
    /// `IllegalArgumentException` if a name is not uncovered, so that the list cannot become stale.
    public VMStateCoverage except(String... names) {
        Set<String> rest = new LinkedHashSet<>(uncovered);
        for (String name : names) {
            if (!rest.remove(name)) {
                throw new IllegalArgumentException(
                        name + " is covered, or is not a field; uncovered are " + uncovered);
            }
        }
        return new VMStateCoverage(rest);
    }

    /// Returns the names of the fields that are not covered: fields of subclasses before fields of
    /// superclasses, nested fields last.
    public List<String> uncovered() {
        return List.copyOf(uncovered);
    }

    /// A class and the layouts that together cover its instances.
    private record CoveredClass(Class<?> type, List<Layout> layouts) {}

    private record Collector(Set<String> uncovered) {
        void visit(String prefix, CoveredClass part) {
            Set<Field> bound = new LinkedHashSet<>();
            Set<String> notSent = new LinkedHashSet<>();
            Map<String, CoveredClass> nested = new LinkedHashMap<>();
            for (Layout layout : part.layouts()) {
                bind(layout, bound, nested);
                notSent.addAll(layout.declaration().notSent());
            }
            for (Field field : fields(part.type())) {
                if (!bound.contains(field) && !notSent.contains(field.getName())) {
                    uncovered.add(prefix + field.getName());
                }
            }
            nested.forEach((name, inner) -> visit(prefix + name + ".", inner));
        }

        private static void bind(
                Layout layout, Set<Field> bound, Map<String, CoveredClass> nested) {
            for (FieldLayout field : layout.fields()) {
                Field member = member(layout.form().type(), field);
                if (member != null) {
                    bound.add(member);
                }
                nest(member == null ? field.name() : member.getName(), field, nested);
            }
            layout.subsections().forEach(subsection -> bind(subsection, bound, nested));
        }

        private static void nest(String name, FieldLayout field, Map<String, CoveredClass> nested) {
            switch (field.element()) {
                case Element.Struct _, Element.VersionedStruct _ ->
                        add(
                                name + (field.count() instanceof Count.One ? "" : "[]"),
                                field.inner(),
                                nested);
                case Element.Queue _ -> add(name + "[]", field.inner(), nested);
                case Element.Tree _ -> {
                    Layout keys = field.keys();
                    if (keys != null) {
                        add(name + "[].key", keys, nested);
                    }
                    add(name + "[].value", field.values(), nested);
                }
                default -> {}
            }
        }

        private static void add(String name, Layout layout, Map<String, CoveredClass> nested) {
            CoveredClass part =
                    nested.computeIfAbsent(
                            name, _ -> new CoveredClass(layout.form().type(), new ArrayList<>()));
            part.layouts().add(layout);
        }
    }

    /// Returns the Java field that a field of a description is bound to, or null if functions
    /// access the value.
    private static @Nullable Field member(Class<?> type, FieldLayout field) {
        return field.access() instanceof ObjectAccess access ? field(type, access.member()) : null;
    }

    private static @Nullable Field field(Class<?> type, Member member) {
        return switch (member) {
            case VariableMember variable -> variable.field();
            case ComponentMember component -> field(type, component.slot());
            case ConvertedMember converted -> field(type, converted.member());
            default -> null;
        };
    }

    private static Field field(Class<?> type, int slot) {
        RecordComponent component = type.getRecordComponents()[slot];
        try {
            return type.getDeclaredField(component.getName());
        } catch (NoSuchFieldException e) {
            throw new IllegalStateException(e); // each component has its field
        }
    }

    private static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> c = type; c != null && !isForeign(c); c = c.getSuperclass()) {
            Arrays.stream(c.getDeclaredFields())
                    .filter(VMStateCoverage::isState)
                    .forEach(fields::add);
        }
        return fields;
    }

    private static boolean isState(Field field) {
        return !field.isSynthetic()
                && !Modifier.isStatic(field.getModifiers())
                && !Modifier.isTransient(field.getModifiers())
                && field.getType() != TailQueue.Link.class
                && field.getType() != ListQueue.Link.class;
    }

    /// Returns whether a class belongs to the JDK or is this library's wire form of a string or an
    /// optional.
    private static boolean isForeign(Class<?> type) {
        return type == StringField.class
                || type == OptionalField.class
                || type.getClassLoader() == null
                || Objects.equals(type.getClassLoader(), ClassLoader.getPlatformClassLoader());
    }
}
