// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.wire.BigEndian;

/// Descriptors that several code emitters use.
final class Types {
    static final ClassDesc BYTES = CD_byte.arrayType();
    static final ClassDesc BIG_ENDIAN = desc(BigEndian.class);
    static final ClassDesc BODY = desc(BodyCodec.class);

    static final MethodTypeDesc OBJECT = MethodTypeDesc.of(CD_Object);
    static final MethodTypeDesc INT = MethodTypeDesc.of(CD_int);
    static final MethodTypeDesc TRUTH = MethodTypeDesc.of(CD_boolean);
    static final MethodTypeDesc INT_TO_VOID = MethodTypeDesc.of(CD_void, CD_int);
    static final MethodTypeDesc OBJECT_TO_LONG = MethodTypeDesc.of(CD_long, CD_Object);
    static final MethodTypeDesc OBJECT_TO_OBJECT = MethodTypeDesc.of(CD_Object, CD_Object);
    static final MethodTypeDesc OBJECT_TO_VOID = MethodTypeDesc.of(CD_void, CD_Object);

    /// The type of the methods of [BigEndian] that read a 64-bit number.
    static final MethodTypeDesc GET_LONG = MethodTypeDesc.of(CD_long, BYTES, CD_int);

    private Types() {}

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }

    /// Returns the type of the methods of [BigEndian] that write a number of `bytes` bytes.
    static MethodTypeDesc put(int bytes) {
        return MethodTypeDesc.of(
                CD_void, BYTES, CD_int, bytes == 2 ? CD_short : bytes == 4 ? CD_int : CD_long);
    }
}
