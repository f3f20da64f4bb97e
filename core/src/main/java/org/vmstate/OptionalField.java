// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.struct;

import java.lang.invoke.MethodHandles;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Elements;
import org.vmstate.internal.access.ObjectBinder;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;

/// The wire form of an optional: a presence flag and the value.
final class OptionalField {
    private boolean present;
    private @Nullable Object value;

    private OptionalField() {}

    /// Returns a field for an `Optional`; `value` declares its value.
    static <V> VMStateField<Object> field(String name, Class<V> type, VMStateField<Object> value) {
        FieldDeclaration declared = value.declaration();
        if (declared.home().accessors() != null || declared.home().member() != null) {
            throw new IllegalArgumentException(
                    name + ": the value of an optional must not be bound to a member");
        }
        VMStateDescription<OptionalField> description =
                VMStateDescription.builder("optional", OptionalField.class, MethodHandles.lookup())
                        .fields(
                                bool("present"),
                                inOption(name, value, type)
                                        .existsIf((OptionalField option, int v) -> option.present))
                        .build();
        VMStateField<Object> field = struct(name, description).allocate(OptionalField::new);
        return new VMStateField<>(
                field.declaration()
                        .withHome(field.declaration().home().converted(conversion(type))),
                field.descriptions());
    }

    private static VMStateField<OptionalField> inOption(
            String name, VMStateField<Object> value, Class<?> type) {
        FieldDeclaration declared = value.declaration();
        if (declared.element() instanceof Element.Scalar(ScalarType scalar, _)
                && declared.count() == null
                && declared.home().conversion() == null) {
            String wanted = ObjectBinder.number(type, scalar);
            if (wanted != null) {
                throw new IllegalArgumentException(
                        name
                                + ": its value is kept in a "
                                + type.getTypeName()
                                + ", must be "
                                + wanted);
            }
            return value.number(
                    (OptionalField option) -> Elements.unbox(option.value),
                    (OptionalField option, long number) ->
                            option.value = Elements.box(number, type));
        }
        boolean made =
                declared.home().conversion() != null
                        || declared.allocated()
                        || declared.element() instanceof Element.Custom
                        || (declared.element() instanceof Element.Struct
                                && declared.count() == null
                                && value.nestedLayouts().getFirst().form().draft() != null);
        if (!made) {
            throw new IllegalArgumentException(
                    name
                            + ": loading must create the value but cannot create a "
                            + declared.element().typeName()
                            + ": use allocate(factory) for a structure, allocate() for a"
                            + " buffer or array, and a structure around a queue");
        }
        return value.object(
                (OptionalField option) -> option.value,
                (OptionalField option, @Nullable Object loaded) -> option.value = loaded);
    }

    private static <V> Conversion<Optional<?>> conversion(Class<V> type) {
        @SuppressWarnings({"unchecked", "rawtypes"}) // the class of all optionals
        Class<Optional<?>> optionals = (Class) Optional.class;
        return new Conversion<>(
                optionals,
                type,
                OptionalField.class,
                saved -> {
                    OptionalField option = new OptionalField();
                    option.present = saved.isPresent();
                    option.value = saved.map(type::cast).orElse(null);
                    return option;
                },
                loaded ->
                        ((OptionalField) loaded).present
                                ? Optional.ofNullable(type.cast(((OptionalField) loaded).value))
                                : Optional.empty());
    }
}
