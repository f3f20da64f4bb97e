// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.PlannedBody;

/// The objects that compiled code names: static final fields, which the class takes from its class
/// data when it is initialized, and which the JIT compiler then treats as constants.
final class Constants {
    private static final ClassDesc LIST = List.class.describeConstable().orElseThrow();
    private static final MethodTypeDesc GET =
            MethodTypeDesc.of(ConstantDescs.CD_Object, ConstantDescs.CD_int);
    private static final MethodTypeDesc LOOKUP =
            MethodTypeDesc.of(ConstantDescs.CD_MethodHandles_Lookup);
    private static final MethodTypeDesc CLASS_DATA =
            MethodTypeDesc.of(
                    ConstantDescs.CD_Object,
                    ConstantDescs.CD_MethodHandles_Lookup,
                    ConstantDescs.CD_String,
                    ConstantDescs.CD_Class);

    private final ClassDesc owner;
    private final List<Object> values = new ArrayList<>();
    private final List<ClassDesc> types = new ArrayList<>();

    /// By identity: equal objects may still differ.
    private final IdentityHashMap<Object, Map<ClassDesc, Integer>> indices =
            new IdentityHashMap<>();

    private final Map<String, byte[]> names = new HashMap<>();
    private final IdentityHashMap<Layout, PlannedBody> planned = new IdentityHashMap<>();

    Constants(ClassDesc owner) {
        this.owner = owner;
    }

    /// The class that they are constants of.
    ClassDesc owner() {
        return owner;
    }

    /// Puts an object on the stack, as an instance of `type`.
    void load(CodeBuilder code, Object value, Class<?> type) {
        ClassDesc desc = type.describeConstable().orElseThrow();
        Map<ClassDesc, Integer> known = indices.computeIfAbsent(value, _ -> new HashMap<>());
        Integer index = known.get(desc);
        if (index == null) {
            index = values.size();
            values.add(value);
            types.add(desc);
            known.put(desc, index);
        }
        code.getstatic(owner, name(index), desc);
    }

    /// The bytes of a name.
    byte[] bytes(String name) {
        return names.computeIfAbsent(name, n -> n.getBytes(StandardCharsets.UTF_8));
    }

    /// The plan's body of a layout.
    PlannedBody planned(Layout layout) {
        return planned.computeIfAbsent(layout, PlannedBody::new);
    }

    /// The objects, in the order in which they were first named.
    List<Object> values() {
        return List.copyOf(values);
    }

    /// Declares and fills the fields.
    void declare(ClassBuilder type) {
        int flags = ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_FINAL;
        for (int i = 0; i < values.size(); i++) {
            type.withField(name(i), types.get(i), flags);
        }
        type.withMethodBody(
                ConstantDescs.CLASS_INIT_NAME,
                ConstantDescs.MTD_void,
                ClassFile.ACC_STATIC,
                code -> {
                    code.invokestatic(ConstantDescs.CD_MethodHandles, "lookup", LOOKUP)
                            .loadConstant(ConstantDescs.DEFAULT_NAME)
                            .loadConstant(LIST)
                            .invokestatic(ConstantDescs.CD_MethodHandles, "classData", CLASS_DATA)
                            .checkcast(LIST)
                            .astore(0);
                    for (int i = 0; i < values.size(); i++) {
                        code.aload(0)
                                .loadConstant(i)
                                .invokeinterface(LIST, "get", GET)
                                .checkcast(types.get(i))
                                .putstatic(owner, name(i), types.get(i));
                    }
                    code.return_();
                });
    }

    private static String name(int index) {
        return "c" + index;
    }
}
