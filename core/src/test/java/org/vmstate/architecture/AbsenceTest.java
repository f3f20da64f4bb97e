// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Checks how the public API represents absence: a result is an `Optional`, an optional parameter
/// is an overload, and there is no `Optional<Boolean>`.
///
/// The lists contain the exceptions with their reasons. An entry that is no longer needed must be
/// removed.
final class AbsenceTest {
    private static final List<Class<?>> OPTIONALS =
            List.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class);

    @Test
    void noPublicMethodTakesAnOptional() {
        assertThat(
                        members(
                                member ->
                                        Arrays.stream(member.getParameterTypes())
                                                .anyMatch(OPTIONALS::contains)))
                .isEmpty();
    }

    @Test
    void noPublicMethodReturnsAnOptionalBoolean() {
        assertThat(
                        members(
                                member ->
                                        returned(member)
                                                .getTypeName()
                                                .equals("java.util.Optional<java.lang.Boolean>")))
                .isEmpty();
    }

    @Test
    void noPublicMethodReturnsNull() {
        assertThat(members(member -> isNullable(member.getAnnotatedReturnType())))
                .containsExactlyInAnyOrder(
                        // As in QEMU, loops over a queue or a stream use no object per element.
                        "IntrusiveQueue.first",
                        "IntrusiveQueue.next",
                        "TailQueue.last",
                        "TailQueue.prev",
                        "RawQueue.first",
                        "RawQueue.next",
                        "RawQueue.prev",
                        "RawTailQueue.last",
                        "MachineReader.next",
                        "StreamTransform$Source.next",
                        "StreamReader.next",
                        "StateLoader.next",
                        // The state itself may be null.
                        "VMStateInfo.load",
                        // Called for every section, and for every member of a large text.
                        "SectionHandler$Lookup.find",
                        "BuiltInHandlers.find",
                        "JsonDocument.first",
                        // To be corrected.
                        "RamContext.block",
                        "RamImage.block",
                        "RamImage$Placement.open");
    }

    private static List<String> members(Predicate<Executable> condition) {
        return PublicApi.types().stream()
                .flatMap(type -> PublicApi.executables(type).stream())
                .filter(condition)
                .map(AbsenceTest::name)
                .distinct()
                .toList();
    }

    private static String name(Executable member) {
        String type = member.getDeclaringClass().getName();
        return type.substring(type.lastIndexOf('.') + 1)
                + "."
                + (member instanceof Constructor ? "new" : member.getName());
    }

    private static Type returned(Executable member) {
        return member.getAnnotatedReturnType().getType();
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }
}
