// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// A type of number: its encoding on the wire and the check when loading it.
public enum ScalarType {
    BOOL("bool", 1, false, Check.NONE),
    INT8("int8", 1, true, Check.NONE),
    INT16("int16", 2, true, Check.NONE),
    INT32("int32", 4, true, Check.NONE),
    INT64("int64", 8, true, Check.NONE),
    UINT8("uint8", 1, false, Check.NONE),
    UINT16("uint16", 2, false, Check.NONE),
    UINT32("uint32", 4, false, Check.NONE),
    UINT64("uint64", 8, false, Check.NONE),
    UINT8_EQUAL("uint8 equal", 1, false, Check.EQUAL),
    UINT16_EQUAL("uint16 equal", 2, false, Check.EQUAL),
    INT32_EQUAL("int32 equal", 4, true, Check.EQUAL),
    UINT32_EQUAL("uint32 equal", 4, false, Check.EQUAL),
    /// Its type name is `int64 equal`, as in QEMU.
    UINT64_EQUAL("int64 equal", 8, false, Check.EQUAL),
    INT32_LE("int32 le", 4, true, Check.FROM_ZERO_TO_CURRENT),
    /// A deadline in nanoseconds, or -1 if the timer is not armed.
    TIMER("timer", 8, true, Check.NONE),
    /// The IEEE bits.
    CPUDOUBLE("CPU_Double_U", 8, false, Check.NONE),
    FLOAT64("float64", 8, false, Check.NONE),
    /// A file descriptor: a marker byte; the descriptor itself is passed as ancillary data.
    FD(TypeNames.DESCRIPTOR, 1, true, Check.NONE);

    /// The condition that a loaded number must satisfy.
    public enum Check {
        NONE,
        EQUAL,
        FROM_ZERO_TO_CURRENT
    }

    private final String typeName;
    private final int bytes;
    private final boolean signed;
    private final Check check;

    ScalarType(String typeName, int bytes, boolean signed, Check check) {
        this.typeName = typeName;
        this.bytes = bytes;
        this.signed = signed;
        this.check = check;
    }

    /// The name in the stream's description.
    public String typeName() {
        return typeName;
    }

    /// The number of bytes on the wire.
    public int bytes() {
        return bytes;
    }

    /// Whether the bytes are two's complement.
    public boolean signed() {
        return signed;
    }

    /// The condition that a loaded number must satisfy.
    public Check check() {
        return check;
    }

    /// Returns the number that the low bits of `bits` represent.
    public long interpret(long bits) {
        if (bytes == 8 || this == FD) {
            return bits;
        }
        int unused = 64 - 8 * bytes;
        return signed ? bits << unused >> unused : bits << unused >>> unused;
    }

    /// Whether `value` fits the bytes on the wire, as a signed or as an unsigned number.
    public boolean holds(long value) {
        int bits = 8 * bytes;
        return bytes == 8 || (value >= -(1L << (bits - 1)) && value < (1L << bits));
    }
}
