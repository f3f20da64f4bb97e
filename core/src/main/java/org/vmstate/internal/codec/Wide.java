// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.MethodTypeDesc;
import org.vmstate.internal.format.ScalarType;

/// Emits conversions for numbers kept in a primitive type that is wider than on the wire.
final class Wide {
    private Wide() {}

    /// Returns the primitive type of a number, which must have one.
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

    /// Converts an int on the stack to 0 or 1.
    static void toTruth(CodeBuilder code) {
        code.dup().ineg().ior().loadConstant(31).iushr();
    }

    /// Narrows an int on the stack to a primitive type.
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

    /// Widens a value of a primitive integer type on the stack to a long.
    static void toLong(CodeBuilder code, Class<?> java) {
        if (java != long.class) {
            code.i2l();
        }
    }

    /// Pops a long and jumps unless it fits on the wire; see [ScalarType#holds(long)].
    static void checkHolds(CodeBuilder code, ScalarType type, Label otherwise) {
        long half = 1L << (8 * type.bytes() - 1);
        code.loadConstant(half).ladd().loadConstant(3 * half);
        code.invokestatic(
                Long.class.describeConstable().orElseThrow(),
                "compareUnsigned",
                MethodTypeDesc.of(CD_int, CD_long, CD_long));
        code.ifge(otherwise);
    }

    /// Replaces a long on the stack by the value of its low bits; see [ScalarType#interpret(long)].
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
