// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.compiled.PlannedFields;
import org.vmstate.internal.compiled.PlannedSlice;
import org.vmstate.internal.compiled.PlannedSubsectionBodies;

/// Compiles layouts to hidden classes that are nestmates of the classes of their states.
///
/// Generation is deterministic: a layout always yields the same class file. A class can be unloaded
/// with its [BodyCodec]. The plan is used if no class can be generated, or if the virtual machine
/// rejects it. A compiler instance compiles one body and the bodies that it calls in other classes.
final class Compiler {
    /// HotSpot never compiles longer methods (`HugeMethodLimit`).
    static final int MAX_METHOD_BYTES = 8000;

    private final Consumer<ClassBytes> made;
    private final IdentityHashMap<Layout, Map<Portion, BodyCodec>> bodies = new IdentityHashMap<>();

    /// A class file and the objects that are its constants.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record ClassBytes(byte[] bytes, List<Object> constants) {}

    /// The portion of a layout that one class implements.
    private sealed interface Portion {
        Step.Method lower(Layout layout, Lowering lowering);

        /// Returns the portion interpreted by the plan.
        BodyCodec planned(Layout layout);
    }

    /// A body.
    private record WholeBody(int version) implements Portion {
        @Override
        public Step.Method lower(Layout layout, Lowering lowering) {
            return lowering.program(layout, version);
        }

        @Override
        public BodyCodec planned(Layout layout) {
            return new PlannedBody(layout);
        }
    }

    /// The fields from index `from` to index `to`, exclusive, without hooks and subsections.
    private record Fields(int version, int from, int to) implements Portion {
        @Override
        public Step.Method lower(Layout layout, Lowering lowering) {
            return lowering.fragment(layout, version, from, to);
        }

        @Override
        public BodyCodec planned(Layout layout) {
            return new PlannedSlice(new PlannedFields(layout, from, to, false));
        }
    }

    /// The bodies of the subsections from index `from` to index `to`, exclusive.
    private record Subsections(int from, int to) implements Portion {
        @Override
        public Step.Method lower(Layout layout, Lowering lowering) {
            return lowering.subsectionSwitch(layout, from, to);
        }

        @Override
        public BodyCodec planned(Layout layout) {
            return new PlannedSubsectionBodies(layout.subsections().subList(from, to));
        }
    }

    /// Creates a compiler that passes every generated class file to `made`.
    Compiler(Consumer<ClassBytes> made) {
        this.made = made;
    }

    /// Returns the body of a layout: compiled if possible, otherwise interpreted by the plan.
    static BodyCodec compile(Layout layout, int version) {
        return new Compiler(_ -> {}).body(layout, version);
    }

    /// Returns the body for the fields of a layout from index `from` to index `to`, exclusive,
    /// without hooks and subsections.
    static BodyCodec compile(Layout layout, int version, int from, int to) {
        return new Compiler(_ -> {}).body(layout, new Fields(version, from, to), 0);
    }

    /// Returns the class file for a layout.
    static ClassBytes classFile(Layout layout, Host host, int version) {
        return new Compiler(_ -> {}).classFile(layout, host, new WholeBody(version), 0);
    }

    /// Returns the body of a layout: compiled if possible, otherwise interpreted by the plan.
    BodyCodec body(Layout layout, int version) {
        return body(layout, new WholeBody(version), 0);
    }

    private BodyCodec body(Layout layout, Portion portion, int from) {
        Map<Portion, BodyCodec> portions = bodies.computeIfAbsent(layout, _ -> new HashMap<>());
        BodyCodec known = portions.get(portion);
        if (known == null) {
            known = make(layout, portion, from);
            portions.put(portion, known);
        }
        return known;
    }

    private BodyCodec make(Layout layout, Portion portion, int from) {
        Host host = layout.unmigratable() ? null : Host.of(layout.form());
        for (int i = from; host != null && i < Budget.FALLING.size(); i++) {
            BodyCodec body = tryToMake(layout, host, portion, i);
            if (body != null) {
                return body;
            }
        }
        return portion.planned(layout);
    }

    private @Nullable BodyCodec tryToMake(Layout layout, Host host, Portion portion, int budget) {
        try {
            ClassBytes file = classFile(layout, host, portion, budget);
            if (hasHugeMethod(file.bytes())) {
                return null;
            }
            made.accept(file);
            return define(file, host);
        } catch (IllegalArgumentException | LinkageError | StackOverflowError e) {
            // Too large for a class file, nested too deeply, or rejected by the virtual machine.
            return null;
        }
    }

    private static boolean hasHugeMethod(byte[] bytes) {
        return bytes.length > MAX_METHOD_BYTES
                && ClassFile.of().parse(bytes).methods().stream()
                        .filter(m -> !m.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME))
                        .anyMatch(m -> length(m) > MAX_METHOD_BYTES);
    }

    private static int length(MethodModel method) {
        return method.findAttribute(Attributes.code()).map(CodeAttribute::codeLength).orElse(0);
    }

    private ClassBytes classFile(Layout layout, Host host, Portion portion, int budget) {
        ClassDesc self =
                ClassDesc.of(host.type().getPackageName(), host.type().getSimpleName() + "$$Codec");
        Constants constants = new Constants(self);
        ClassHierarchyResolver resolver =
                ClassHierarchyResolver.ofClassLoading(host.lookup())
                        .orElse(ClassHierarchyResolver.defaultResolver());
        Lowering.BodySource elsewhere = new Bodies(budget);
        byte[] bytes =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver))
                        .build(
                                self,
                                type -> {
                                    type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
                                    type.withSuperclass(Types.BODY);
                                    constructor(type);
                                    for (Direction direction : Direction.BOTH) {
                                        Lowering lowering =
                                                new Lowering(
                                                        host,
                                                        direction.loading(),
                                                        Budget.FALLING.get(budget),
                                                        elsewhere);
                                        methods(
                                                type,
                                                direction,
                                                host,
                                                constants,
                                                portion.lower(layout, lowering));
                                    }
                                    constants.declare(type);
                                });
        return new ClassBytes(bytes, constants.values());
    }

    /// Compiles other bodies, and slices of the same body with the same budget.
    private final class Bodies implements Lowering.BodySource {
        private final int budget;

        Bodies(int budget) {
            this.budget = budget;
        }

        @Override
        public BodyCodec body(Layout layout, int version) {
            return Compiler.this.body(layout, version);
        }

        @Override
        public BodyCodec slice(Layout layout, int version, int from, int to) {
            return Compiler.this.body(layout, new Fields(version, from, to), budget);
        }

        @Override
        public BodyCodec subsections(Layout layout, int from, int to) {
            return Compiler.this.body(layout, new Subsections(from, to), budget);
        }
    }

    private static void constructor(ClassBuilder type) {
        type.withMethodBody(
                ConstantDescs.INIT_NAME,
                ConstantDescs.MTD_void,
                0,
                code ->
                        code.aload(0)
                                .invokespecial(
                                        Types.BODY, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                .return_());
    }

    /// The direction of the code, which determines the name of its methods and the type of their
    /// stream.
    private record Direction(boolean loading, ClassDesc stream) {
        static final Direction SAVE = new Direction(false, SaveEmitter.WRITER);
        static final Direction LOAD = new Direction(true, LoadEmitter.READER);

        static final List<Direction> BOTH = List.of(SAVE, LOAD);

        void emit(CodeBuilder code, Emitter.Context context, Step.Method method) {
            if (loading) {
                LoadEmitter.emit(code, context, method);
            } else {
                SaveEmitter.emit(code, context, method);
            }
        }
    }

    private static void methods(
            ClassBuilder type,
            Direction direction,
            Host host,
            Constants constants,
            Step.Method root) {
        String name = direction.loading() ? "load" : "save";
        Methods methods =
                new Methods(
                        constants.owner(), name, direction.stream(), host.structureParameters());
        Emitter.Context context = new Emitter.Context(host, constants, methods);
        MethodTypeDesc desc = methods.type();
        type.withMethodBody(
                name, desc, ClassFile.ACC_PUBLIC, code -> direction.emit(code, context, root));
        for (int i = 0; i < methods.requested().size(); i++) {
            Step.Method inner = methods.requested().get(i);
            type.withMethodBody(
                    methods.name(i),
                    methods.type(inner),
                    ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC,
                    code -> direction.emit(code, context, inner));
        }
    }

    private static @Nullable BodyCodec define(ClassBytes file, Host host) {
        host.open();
        try {
            MethodHandles.Lookup defined =
                    host.lookup()
                            .defineHiddenClassWithClassData(
                                    file.bytes(), file.constants(), true, ClassOption.NESTMATE);
            return (BodyCodec)
                    defined.findConstructor(
                                    defined.lookupClass(), MethodType.methodType(void.class))
                            .invoke();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (IllegalAccessException e) {
            return null; // a class that the lookup may not define a nestmate of
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
