// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;

/// The static methods of a class under construction, one for each body called from another.
final class Methods {
    private final ClassDesc owner;
    private final String name;
    private final ClassDesc stream;
    private final List<Step.Program> programs = new ArrayList<>();

    Methods(ClassDesc owner, String name, ClassDesc stream) {
        this.owner = owner;
        this.name = name;
        this.stream = stream;
    }

    ClassDesc owner() {
        return owner;
    }

    /// The type of each method.
    MethodTypeDesc type(ClassDesc result) {
        return MethodTypeDesc.of(result, stream, CD_Object, CD_int);
    }

    /// The name of the method of a body, which is to be there in the end.
    @SuppressWarnings("ReferenceEquality") // a program is its place in the tree
    String of(Step.Program program) {
        int index = 0;
        while (index < programs.size() && programs.get(index) != program) {
            index++;
        }
        if (index == programs.size()) {
            programs.add(program);
        }
        return name(index);
    }

    String name(int index) {
        return name + index;
    }

    /// The bodies asked for so far.
    List<Step.Program> programs() {
        return programs;
    }
}
