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
    private final List<Step.Method> units = new ArrayList<>();

    /// Keyed by identity: equal units in different places of the tree are different methods.
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

    /// The type of the method of a unit.
    MethodTypeDesc type(Step.Method unit) {
        return switch (unit) {
            case Step.Needed _, Step.Loop _ -> type().changeReturnType(CD_int);
            case Step.Structure _ ->
                    type().changeReturnType(CD_int)
                            .insertParameterTypes(3, structureParameters.toArray(ClassDesc[]::new));
            default -> type();
        };
    }

    /// Returns the name of the method of a unit and schedules the method to be emitted.
    String of(Step.Method unit) {
        Integer index = indices.get(unit);
        if (index == null) {
            index = units.size();
            units.add(unit);
            indices.put(unit, index);
        }
        return name(index);
    }

    String name(int index) {
        return name + index;
    }

    /// Returns the units requested so far.
    List<Step.Method> units() {
        return units;
    }
}
