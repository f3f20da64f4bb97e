// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.StateFault;

/// The form of states that are records. Loading fills a draft, an array of the components' values,
/// from which the record is created.
final class RecordForm implements StateForm {
    private final Class<?> type;
    private final MethodHandle constructor;
    private final RecordComponent[] components;

    RecordForm(Class<?> type, MethodHandles.Lookup lookup) throws IllegalAccessException {
        this.type = type;
        components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            constructor =
                    lookup.findConstructor(type, MethodType.methodType(void.class, types))
                            .asSpreader(Object[].class, types.length);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Class<?> type() {
        return type;
    }

    /// Rejects a declaration with a component that is neither sent nor declared as not sent.
    void checkComplete(Declaration declaration) {
        Set<String> covered = new HashSet<>();
        cover(declaration, covered);
        for (RecordComponent component : components) {
            if (!covered.contains(component.getName())) {
                throw new IllegalArgumentException(
                        declaration.name()
                                + ": component "
                                + component.getName()
                                + " of "
                                + type.getName()
                                + " is not sent: declare a field for it, say notSent(\""
                                + component.getName()
                                + "\"), or partial() if this is a subsection");
            }
        }
    }

    private static void cover(Declaration declaration, Set<String> covered) {
        for (FieldDeclaration field : declaration.fields()) {
            if (field.hasValue()) {
                covered.add(field.memberName());
            }
        }
        covered.addAll(declaration.notSent());
        declaration.subsections().forEach(subsection -> cover(subsection, covered));
    }

    @Override
    public Object draft() {
        @Nullable Object[] values = new Object[components.length];
        for (int i = 0; i < values.length; i++) {
            Class<?> type = components[i].getType();
            values[i] = type.isPrimitive() ? Elements.box(0, type) : null;
        }
        return values;
    }

    @Override
    public Object finish(Object draft) {
        try {
            return constructor.invoke((Object[]) draft);
        } catch (Throwable e) {
            throw StateFault.<RuntimeException>rethrow(e);
        }
    }
}
