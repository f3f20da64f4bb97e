// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/// The static methods of a class under construction: bodies and parts of bodies that others call.
final class Methods {
    private final ClassDesc owner;
    private final String name;
    private final ClassDesc stream;
    private final List<Step.Unit> units = new ArrayList<>();

    Methods(ClassDesc owner, String name, ClassDesc stream) {
        this.owner = owner;
        this.name = name;
        this.stream = stream;
    }

    ClassDesc owner() {
        return owner;
    }

    /// The type of each method.
    MethodTypeDesc type() {
        return MethodTypeDesc.of(CD_void, stream, CD_Object, CD_int);
    }

    /// The name of the method of a body or of a part, which is to be there in the end.
    @SuppressWarnings("ReferenceEquality") // a unit is its place in the tree
    String of(Step.Unit unit) {
        int index = 0;
        while (index < units.size() && units.get(index) != unit) {
            index++;
        }
        if (index == units.size()) {
            units.add(unit);
        }
        return name(index);
    }

    String name(int index) {
        return name + index;
    }

    /// What was asked for so far.
    List<Step.Unit> units() {
        return units;
    }
}
