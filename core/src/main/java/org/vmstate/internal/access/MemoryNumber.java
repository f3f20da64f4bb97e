// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.vmstate.internal.format.ScalarType;

/// A number in memory, with the width and byte order of a C type, at any alignment.
public record MemoryNumber(ValueLayout layout) {
    /// Removes the alignment constraint from the layout.
    public MemoryNumber {
        layout = layout.withByteAlignment(1);
    }

    /// Whether this layout can hold numbers of a wire type.
    boolean holds(ScalarType type) {
        return switch (layout) {
            case ValueLayout.OfBoolean _ -> type == ScalarType.BOOL;
            case ValueLayout.OfDouble _ ->
                    type == ScalarType.FLOAT64
                            || type == ScalarType.CPUDOUBLE
                            || type == ScalarType.UINT64;
            case ValueLayout.OfFloat _ -> type == ScalarType.UINT32;
            case ValueLayout.OfByte _,
                    ValueLayout.OfShort _,
                    ValueLayout.OfChar _,
                    ValueLayout.OfInt _,
                    ValueLayout.OfLong _ ->
                    layout.byteSize() >= (type == ScalarType.FD ? Integer.BYTES : type.bytes());
            default -> false;
        };
    }

    long get(MemorySegment memory, long offset) {
        return switch (layout) {
            case ValueLayout.OfBoolean _ -> memory.get(ValueLayout.JAVA_BYTE, offset) != 0 ? 1 : 0;
            case ValueLayout.OfByte l -> memory.get(l, offset);
            case ValueLayout.OfShort l -> memory.get(l, offset);
            case ValueLayout.OfChar l -> memory.get(l, offset);
            case ValueLayout.OfInt l -> memory.get(l, offset);
            case ValueLayout.OfLong l -> memory.get(l, offset);
            case ValueLayout.OfFloat l -> Float.floatToRawIntBits(memory.get(l, offset));
            case ValueLayout.OfDouble l -> Double.doubleToRawLongBits(memory.get(l, offset));
            default -> throw notANumber();
        };
    }

    void set(MemorySegment memory, long offset, long value) {
        switch (layout) {
            case ValueLayout.OfBoolean l -> memory.set(l, offset, value != 0);
            case ValueLayout.OfByte l -> memory.set(l, offset, (byte) value);
            case ValueLayout.OfShort l -> memory.set(l, offset, (short) value);
            case ValueLayout.OfChar l -> memory.set(l, offset, (char) value);
            case ValueLayout.OfInt l -> memory.set(l, offset, (int) value);
            case ValueLayout.OfLong l -> memory.set(l, offset, value);
            case ValueLayout.OfFloat l -> memory.set(l, offset, Float.intBitsToFloat((int) value));
            case ValueLayout.OfDouble l -> memory.set(l, offset, Double.longBitsToDouble(value));
            default -> throw notANumber();
        }
    }

    private IllegalStateException notANumber() {
        return new IllegalStateException(layout + " is not a number");
    }
}
