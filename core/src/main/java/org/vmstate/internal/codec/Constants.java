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

/// The objects that compiled code refers to. They are static final fields, which the class
/// initializes from its class data and the JIT compiler treats as constants.
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

    /// Keyed by identity: equal objects may not be interchangeable.
    private final IdentityHashMap<Object, Map<ClassDesc, Integer>> indices =
            new IdentityHashMap<>();

    private final Map<String, byte[]> names = new HashMap<>();
    private final IdentityHashMap<Layout, PlannedBody> planned = new IdentityHashMap<>();

    Constants(ClassDesc owner) {
        this.owner = owner;
    }

    /// The class that contains the constants.
    ClassDesc owner() {
        return owner;
    }

    /// Pushes an object as an instance of `type`.
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

    /// Returns the bytes of a name.
    byte[] bytes(String name) {
        return names.computeIfAbsent(name, n -> n.getBytes(StandardCharsets.UTF_8));
    }

    /// Returns the plan's body of a layout.
    PlannedBody planned(Layout layout) {
        return planned.computeIfAbsent(layout, PlannedBody::new);
    }

    /// Returns the objects, in the order of their first use.
    List<Object> values() {
        return List.copyOf(values);
    }

    /// Declares and initializes the fields.
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
