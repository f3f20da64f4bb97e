// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Checks that signatures of the public API contain only types that every consumer can read: those
/// of exported packages, of `java.base` and of `jdk.jfr`.
final class ExportedTypesTest {
    private static final List<String> READ = List.of("java.base", "jdk.jfr");

    @Test
    void signaturesNameOnlyExportedTypes() {
        List<String> exported = PublicApi.packages();
        assertThat(PublicApi.types().stream().flatMap(ExportedTypesTest::named).distinct())
                .allSatisfy(
                        type -> {
                            if (type.getModule().isNamed()) {
                                assertThat(READ)
                                        .as("%s", type)
                                        .contains(type.getModule().getName());
                            } else {
                                assertThat(exported).as("%s", type).contains(type.getPackageName());
                            }
                        });
    }

    private static Stream<Class<?>> named(Class<?> type) {
        return PublicApi.executables(type).stream()
                .flatMap(ExportedTypesTest::signature)
                .map(ExportedTypesTest::innermost);
    }

    private static Stream<Class<?>> signature(Executable member) {
        Stream<Class<?>> types =
                Stream.concat(
                        Arrays.stream(member.getParameterTypes()),
                        Arrays.stream(member.getExceptionTypes()));
        return Stream.concat(types, returned(member));
    }

    private static Stream<Class<?>> returned(Executable member) {
        return member instanceof Method method ? Stream.of(method.getReturnType()) : Stream.empty();
    }

    private static Class<?> innermost(Class<?> type) {
        Class<?> inner = type;
        while (inner.isArray()) {
            inner = inner.getComponentType();
        }
        return inner;
    }
}
