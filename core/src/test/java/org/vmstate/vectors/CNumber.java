// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

/// A number with the arithmetic of C: of 32 or 64 bits, signed or unsigned, with integer
/// promotions, usual arithmetic conversions and wrap-around.
///
/// @param value the number; an unsigned one of 64 bits is represented by the bits of a long
/// @param bits 32 or 64
record CNumber(long value, int bits, boolean signed) {
    /// An `int`.
    static CNumber of(long value) {
        return wrapped(value, 32, true);
    }

    /// The value of a variable of a type that contains the low bits of `bits`.
    static CNumber of(String type, long bits) {
        return switch (Description.withoutCondition(type)) {
            case "bool" -> of(bits != 0);
            case "int8" -> of((byte) bits);
            case "int16" -> of((short) bits);
            case "int32", "fd" -> of(bits);
            case "uint8" -> of(bits & 0xff);
            case "uint16" -> of(bits & 0xffff);
            case "uint32" -> wrapped(bits, 32, false);
            case "int64", "timer" -> wrapped(bits, 64, true);
            case "uint64" -> wrapped(bits, 64, false);
            default -> throw new IllegalArgumentException("C does not compute with " + type);
        };
    }

    /// A literal without a suffix: an `int` if it fits, else a `long`.
    static CNumber literal(long value) {
        return value == (int) value ? of(value) : wrapped(value, 64, true);
    }

    static CNumber of(boolean truth) {
        return of(truth ? 1 : 0);
    }

    boolean isTrue() {
        return value != 0;
    }

    private static CNumber wrapped(long value, int bits, boolean signed) {
        long kept = bits == 64 ? value : signed ? (int) value : value & 0xffff_ffffL;
        return new CNumber(kept, bits, signed);
    }

    private CNumber result(long result) {
        return wrapped(result, bits, signed);
    }

    /// This number, converted to the common type with another one.
    private CNumber with(CNumber other) {
        boolean unsigned =
                bits == other.bits
                        ? !signed || !other.signed
                        : bits > other.bits ? !signed : !other.signed;
        return wrapped(value, Math.max(bits, other.bits), !unsigned);
    }

    /// The value of `this operator other`.
    CNumber apply(String operator, CNumber other) {
        CNumber a = with(other);
        CNumber b = other.with(this);
        return switch (operator) {
            case "||" -> of(isTrue() || other.isTrue());
            case "&&" -> of(isTrue() && other.isTrue());
            case "|" -> a.result(a.value | b.value);
            case "^" -> a.result(a.value ^ b.value);
            case "&" -> a.result(a.value & b.value);
            case "==" -> of(a.value == b.value);
            case "!=" -> of(a.value != b.value);
            case "<" -> of(a.compare(b) < 0);
            case ">" -> of(a.compare(b) > 0);
            case "<=" -> of(a.compare(b) <= 0);
            case ">=" -> of(a.compare(b) >= 0);
            case "<<" -> result(value << other.value);
            case ">>" -> result(signed ? value >> other.value : value >>> other.value);
            case "+" -> a.result(a.value + b.value);
            case "-" -> a.result(a.value - b.value);
            case "*" -> a.result(a.value * b.value);
            case "/" ->
                    a.result(a.signed ? a.value / b.value : Long.divideUnsigned(a.value, b.value));
            case "%" ->
                    a.result(
                            a.signed
                                    ? a.value % b.value
                                    : Long.remainderUnsigned(a.value, b.value));
            default -> throw new IllegalArgumentException(operator);
        };
    }

    /// The value of `operator this`.
    CNumber apply(String operator) {
        return switch (operator) {
            case "!" -> of(!isTrue());
            case "~" -> result(~value);
            case "-" -> result(-value);
            case "+" -> this;
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private int compare(CNumber other) {
        return signed ? Long.compare(value, other.value) : Long.compareUnsigned(value, other.value);
    }
}
