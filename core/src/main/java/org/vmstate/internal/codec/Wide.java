// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.MethodTypeDesc;
import org.vmstate.internal.format.ScalarType;

/// Numbers kept in a primitive that is wider than on the wire.
final class Wide {
    private Wide() {}

    /// The primitive of a number that has one.
    static Class<?> primitive(Spot spot) {
        Class<?> primitive = spot.primitive();
        if (primitive == null) {
            throw new IllegalStateException("no number: " + spot);
        }
        return primitive;
    }

    static boolean isWider(Class<?> java, ScalarType type) {
        return bytes(java) > type.bytes();
    }

    private static int bytes(Class<?> java) {
        if (java == boolean.class || java == byte.class) {
            return 1;
        }
        if (java == short.class || java == char.class) {
            return 2;
        }
        return java == int.class || java == float.class ? 4 : 8;
    }

    /// Makes an int on the stack 1, unless it is 0.
    static void toTruth(CodeBuilder code) {
        code.dup().ineg().ior().loadConstant(31).iushr();
    }

    /// Makes what a primitive takes of the low bits of an int on the stack.
    static void narrow(CodeBuilder code, Class<?> java) {
        if (java == boolean.class) {
            code.i2b();
            toTruth(code);
        } else if (java == byte.class) {
            code.i2b();
        } else if (java == short.class) {
            code.i2s();
        } else if (java == char.class) {
            code.i2c();
        }
    }

    /// Makes what is on the stack, of a primitive integer type, a long.
    static void toLong(CodeBuilder code, Class<?> java) {
        if (java != long.class) {
            code.i2l();
        }
    }

    /// Takes a long and jumps unless the wire holds it; see [ScalarType#holds(long)].
    static void checkHolds(CodeBuilder code, ScalarType type, Label otherwise) {
        long half = 1L << (8 * type.bytes() - 1);
        code.loadConstant(half).ladd().loadConstant(3 * half);
        code.invokestatic(
                Long.class.describeConstable().orElseThrow(),
                "compareUnsigned",
                MethodTypeDesc.of(CD_int, CD_long, CD_long));
        code.ifge(otherwise);
    }

    /// Takes a long and leaves what its low bits stand for; see [ScalarType#interpret(long)].
    static void interpret(CodeBuilder code, ScalarType type) {
        int unused = 64 - 8 * type.bytes();
        if (unused > 0) {
            code.loadConstant(unused).lshl().loadConstant(unused);
            if (type.signed()) {
                code.lshr();
            } else {
                code.lushr();
            }
        }
    }
}
