// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup.ClassOption;
import java.lang.invoke.MethodType;
import java.util.List;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.compiled.PlannedBody;

/// Compiles a layout at a version to a hidden class beside the class of its states.
///
/// The same layout gives the same class file. The class lives as long as its [Body].
final class Compiler {
    private Compiler() {}

    /// A class file, and the objects that are its constants.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Unit(byte[] bytes, List<Object> constants) {}

    /// The body of a layout: compiled where it can be, else walked by the plan.
    static Body compile(Layout layout, int version) {
        Host host = layout.unmigratable() ? null : Host.of(layout.form());
        return host == null ? new PlannedBody(layout) : define(unit(layout, host, version), host);
    }

    /// The class file for a layout.
    static Unit unit(Layout layout, Host host, int version) {
        ClassDesc self =
                ClassDesc.of(host.type().getPackageName(), host.type().getSimpleName() + "$$Codec");
        Constants constants = new Constants(self);
        ClassHierarchyResolver resolver =
                ClassHierarchyResolver.ofClassLoading(host.lookup())
                        .orElse(ClassHierarchyResolver.defaultResolver());
        byte[] bytes =
                ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(resolver))
                        .build(
                                self,
                                type -> {
                                    type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER);
                                    type.withSuperclass(Types.BODY);
                                    constructor(type);
                                    for (Direction direction : Direction.BOTH) {
                                        Step.Program program =
                                                new Lowering(
                                                                host,
                                                                direction.loading(),
                                                                Compiler::compile)
                                                        .program(layout, version);
                                        methods(type, direction, host, constants, program);
                                    }
                                    constants.declare(type);
                                });
        return new Unit(bytes, constants.values());
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

    /// The direction of the code: its methods have that name and take that stream.
    private record Direction(boolean loading, ClassDesc stream) {
        static final Direction SAVE = new Direction(false, SaveCode.WRITER);
        static final Direction LOAD = new Direction(true, LoadCode.READER);

        static final List<Direction> BOTH = List.of(SAVE, LOAD);

        void emit(CodeBuilder code, Code.Context context, Step.Unit unit) {
            if (loading) {
                LoadCode.emit(code, context, unit);
            } else {
                SaveCode.emit(code, context, unit);
            }
        }
    }

    private static void methods(
            ClassBuilder type,
            Direction direction,
            Host host,
            Constants constants,
            Step.Program program) {
        String name = direction.loading() ? "load" : "save";
        Methods methods = new Methods(constants.owner(), name, direction.stream());
        Code.Context context = new Code.Context(host, constants, methods);
        MethodTypeDesc desc = methods.type();
        type.withMethodBody(
                name, desc, ClassFile.ACC_PUBLIC, code -> direction.emit(code, context, program));
        for (int i = 0; i < methods.units().size(); i++) {
            Step.Unit inner = methods.units().get(i);
            type.withMethodBody(
                    methods.name(i),
                    desc,
                    ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC,
                    code -> direction.emit(code, context, inner));
        }
    }

    private static Body define(Unit unit, Host host) {
        host.open();
        try {
            MethodHandles.Lookup defined =
                    host.lookup()
                            .defineHiddenClassWithClassData(
                                    unit.bytes(), unit.constants(), true, ClassOption.NESTMATE);
            return (Body)
                    defined.findConstructor(
                                    defined.lookupClass(), MethodType.methodType(void.class))
                            .invoke();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
