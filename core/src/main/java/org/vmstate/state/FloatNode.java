// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteOrder;

/// A floating-point number of 64 bits (IEEE 754).
///
/// QEMU: `float64`, `CPU_DoubleU`.
public final class FloatNode extends LeafNode {
    private final long bits;

    FloatNode(NodePlace place) {
        super(place, Long.BYTES);
        this.bits = place.region().bits(place.offset(), Long.BYTES, ByteOrder.BIG_ENDIAN);
    }

    /// The bits, including those of signalling NaNs.
    public long bits() {
        return bits;
    }

    /// The number.
    public double value() {
        return Double.longBitsToDouble(bits);
    }
}
