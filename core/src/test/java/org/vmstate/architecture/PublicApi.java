// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;

/// The types of the packages that the module exports without qualification, with their public and
/// protected members, as text: one line per type or member, in an order that does not depend on the
/// compiler.
final class PublicApi {
    private static final Path CLASSES = classes();

    private PublicApi() {}

    private static Path classes() {
        try {
            return Path.of(
                    VMStateDescription.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The exported packages, sorted by name.
    static List<String> packages() {
        try (InputStream in = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            return ModuleDescriptor.read(in).exports().stream()
                    .filter(exports -> !exports.isQualified())
                    .map(ModuleDescriptor.Exports::source)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The public types of the exported packages, and their nested types, sorted by name.
    static List<Class<?>> types() {
        return packages().stream().flatMap(name -> types(name).stream()).toList();
    }

    private static List<Class<?>> types(String packageName) {
        try (Stream<Path> files = Files.list(CLASSES.resolve(packageName.replace('.', '/')))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.startsWith("package-info"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .<Class<?>>map(name -> load(packageName + "." + name))
                    .filter(PublicApi::isVisible)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, PublicApi.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean isVisible(Class<?> type) {
        if (type.isAnonymousClass() || type.isLocalClass() || !isApi(type.getModifiers())) {
            return false;
        }
        Class<?> outer = type.getDeclaringClass();
        return outer == null || isVisible(outer);
    }

    private static boolean isApi(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    /// The constructors and methods of a type that other code can call, except those that every
    /// object, enum or record has.
    static List<Executable> executables(Class<?> type) {
        return Stream.<Executable>concat(
                        Arrays.stream(type.getDeclaredConstructors()),
                        Arrays.stream(type.getDeclaredMethods()))
                .filter(member -> isApi(member.getModifiers()) && !member.isSynthetic())
                .filter(member -> !isImplied(member))
                .toList();
    }

    private static boolean isImplied(Executable member) {
        Class<?> type = member.getDeclaringClass();
        if (type.isRecord()) {
            RecordComponent[] components = type.getRecordComponents();
            return member instanceof Constructor
                    ? Arrays.equals(
                            member.getParameterTypes(),
                            Arrays.stream(components).map(RecordComponent::getType).toArray())
                    : Arrays.stream(components).anyMatch(c -> c.getAccessor().equals(member))
                            || overridesObject(member);
        }
        if (type.isEnum() && Modifier.isStatic(member.getModifiers())) {
            return List.of("values", "valueOf").contains(member.getName());
        }
        return overridesObject(member);
    }

    private static boolean overridesObject(Executable member) {
        return member instanceof Method
                && Arrays.stream(Object.class.getMethods())
                        .anyMatch(
                                inherited ->
                                        inherited.getName().equals(member.getName())
                                                && Arrays.equals(
                                                        inherited.getParameterTypes(),
                                                        member.getParameterTypes()));
    }

    /// The whole API as text.
    static String text() {
        StringBuilder text = new StringBuilder();
        for (String name : packages()) {
            text.append("package ").append(name).append("\n");
            for (Class<?> type : types(name)) {
                describe(type, text);
            }
            text.append("\n");
        }
        return text.toString();
    }

    private static void describe(Class<?> type, StringBuilder text) {
        Printer printer = new Printer(type.getPackageName());
        text.append("  ").append(printer.header(type)).append("\n");
        Stream.of(
                        Arrays.stream(type.getDeclaredFields())
                                .filter(
                                        field ->
                                                isApi(field.getModifiers()) && !field.isSynthetic())
                                .map(printer::field),
                        executables(type).stream().map(printer::executable))
                .flatMap(lines -> lines)
                .sorted()
                .forEach(line -> text.append("    ").append(line).append("\n"));
    }

    /// Formats types as seen from a package: simple names for types of the same package and of
    /// `java.lang`.
    private record Printer(String packageName) {
        String header(Class<?> type) {
            List<String> words = new ArrayList<>();
            int modifiers = type.getModifiers();
            words.add(Modifier.isPublic(modifiers) ? "public" : "protected");
            if (type.isRecord()) {
                words.add("record");
            } else if (type.isEnum()) {
                words.add("enum");
            } else {
                if (Modifier.isAbstract(modifiers) && !type.isInterface()) {
                    words.add("abstract");
                }
                if (Modifier.isFinal(modifiers)) {
                    words.add("final");
                }
                if (type.isSealed()) {
                    words.add("sealed");
                }
                words.add(
                        type.isAnnotation()
                                ? "@interface"
                                : type.isInterface() ? "interface" : "class");
            }
            words.add(name(type) + typeParameters(type.getTypeParameters()));
            if (type.isRecord()) {
                words.set(
                        words.size() - 1,
                        words.getLast()
                                + Arrays.stream(type.getRecordComponents())
                                        .map(
                                                component ->
                                                        type(component.getAnnotatedType())
                                                                + " "
                                                                + component.getName())
                                        .collect(Collectors.joining(", ", "(", ")")));
            }
            if (type.getSuperclass() != null
                    && !List.of(Object.class, Record.class, Enum.class)
                            .contains(type.getSuperclass())) {
                words.add("extends " + type(type.getAnnotatedSuperclass()));
            }
            if (type.getInterfaces().length > 0 && !type.isAnnotation()) {
                words.add(
                        (type.isInterface() ? "extends " : "implements ")
                                + types(type.getAnnotatedInterfaces()));
            }
            if (type.isSealed()) {
                words.add(
                        "permits "
                                + Arrays.stream(type.getPermittedSubclasses())
                                        .map(this::name)
                                        .sorted()
                                        .collect(Collectors.joining(", ")));
            }
            return String.join(" ", words);
        }

        String field(Field field) {
            if (field.isEnumConstant()) {
                return field.getName();
            }
            return Modifier.toString(field.getModifiers())
                    + " "
                    + type(field.getAnnotatedType())
                    + " "
                    + field.getName();
        }

        String executable(Executable member) {
            StringBuilder text = new StringBuilder();
            boolean constructor = member instanceof Constructor;
            Class<?> owner = member.getDeclaringClass();
            String modifiers =
                    Modifier.toString(
                            member.getModifiers()
                                    & (constructor
                                            ? Modifier.constructorModifiers()
                                            : Modifier.methodModifiers())
                                    & ~Modifier.SYNCHRONIZED
                                    & ~Modifier.NATIVE
                                    & ~(Modifier.isFinal(owner.getModifiers())
                                            ? Modifier.FINAL
                                            : 0));
            text.append(modifiers).append(" ");
            if (member instanceof Method method && method.isDefault()) {
                text.append("default ");
            }
            String parameters = typeParameters(member.getTypeParameters());
            text.append(parameters).append(parameters.isEmpty() ? "" : " ");
            if (!constructor) {
                text.append(type(member.getAnnotatedReturnType())).append(" ");
            }
            text.append(constructor ? owner.getSimpleName() : member.getName());
            text.append("(").append(parameters(member)).append(")");
            if (member.getExceptionTypes().length > 0) {
                text.append(" throws ").append(types(member.getAnnotatedExceptionTypes()));
            }
            return text.toString();
        }

        private String parameters(Executable member) {
            String types = types(member.getAnnotatedParameterTypes());
            return member.isVarArgs() ? types.substring(0, types.length() - 2) + "..." : types;
        }

        private String types(AnnotatedType[] types) {
            return Arrays.stream(types).map(this::type).collect(Collectors.joining(", "));
        }

        private String typeParameters(TypeVariable<?>[] variables) {
            return variables.length == 0
                    ? ""
                    : Arrays.stream(variables)
                            .map(
                                    variable ->
                                            variable.getName()
                                                    + bounds(
                                                            " extends ",
                                                            variable.getAnnotatedBounds()))
                            .collect(Collectors.joining(", ", "<", ">"));
        }

        private String bounds(String keyword, AnnotatedType[] bounds) {
            String text = Arrays.stream(bounds).map(this::type).collect(Collectors.joining(" & "));
            return text.isEmpty() || text.equals("Object") ? "" : keyword + text;
        }

        private String type(AnnotatedType type) {
            String nullable = isNullable(type) ? "@Nullable " : "";
            return switch (type) {
                case AnnotatedArrayType array ->
                        type(array.getAnnotatedGenericComponentType())
                                + (isNullable(type) ? " @Nullable []" : "[]");
                case AnnotatedParameterizedType parameterized -> {
                    Type raw = ((ParameterizedType) parameterized.getType()).getRawType();
                    yield nullable
                            + name((Class<?>) raw)
                            + Arrays.stream(parameterized.getAnnotatedActualTypeArguments())
                                    .map(this::type)
                                    .collect(Collectors.joining(", ", "<", ">"));
                }
                case AnnotatedTypeVariable variable -> nullable + variable.getType().getTypeName();
                case AnnotatedWildcardType wildcard ->
                        "?"
                                + (wildcard.getAnnotatedLowerBounds().length > 0
                                        ? bounds(" super ", wildcard.getAnnotatedLowerBounds())
                                        : bounds(" extends ", wildcard.getAnnotatedUpperBounds()));
                default -> nullable + name((Class<?>) type.getType());
            };
        }

        private static boolean isNullable(AnnotatedElement type) {
            return type.isAnnotationPresent(Nullable.class);
        }

        private String name(Class<?> type) {
            String name = Objects.requireNonNullElse(type.getCanonicalName(), type.getName());
            String own = type.getPackageName();
            boolean simple = own.equals(packageName) || own.equals("java.lang");
            return simple && !type.isPrimitive() ? name.substring(own.length() + 1) : name;
        }
    }
}
