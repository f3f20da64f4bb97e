// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/// The static methods of a class under construction: bodies and parts of bodies.
final class Methods {
    private final ClassDesc owner;
    private final String name;
    private final ClassDesc stream;
    private final List<ClassDesc> structureParameters;
    private final List<Step.Method> requested = new ArrayList<>();

    /// Keyed by identity: equal contents in different places of the tree are different methods.
    private final IdentityHashMap<Step.Method, Integer> indices = new IdentityHashMap<>();

    Methods(ClassDesc owner, String name, ClassDesc stream, List<ClassDesc> structureParameters) {
        this.owner = owner;
        this.name = name;
        this.stream = stream;
        this.structureParameters = structureParameters;
    }

    ClassDesc owner() {
        return owner;
    }

    /// The type of the method of a body.
    MethodTypeDesc type() {
        return MethodTypeDesc.of(CD_void, stream, CD_Object, CD_int);
    }

    /// The type of the method with some contents.
    MethodTypeDesc type(Step.Method method) {
        return switch (method) {
            case Step.Needed _, Step.PointerLoop _ -> type().changeReturnType(CD_int);
            case Step.StructMethod _ ->
                    type().changeReturnType(CD_int)
                            .insertParameterTypes(3, structureParameters.toArray(ClassDesc[]::new));
            default -> type();
        };
    }

    /// Returns the name of the method with some contents and schedules it to be emitted.
    String of(Step.Method method) {
        Integer index = indices.get(method);
        if (index == null) {
            index = requested.size();
            requested.add(method);
            indices.put(method, index);
        }
        return name(index);
    }

    String name(int index) {
        return name + index;
    }

    /// Returns the methods requested so far, each by its contents.
    List<Step.Method> requested() {
        return requested;
    }
}
