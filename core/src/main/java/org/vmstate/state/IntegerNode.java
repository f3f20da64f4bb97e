// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.math.BigInteger;
import java.nio.ByteOrder;

/// An integer of 1, 2, 4 or 8 bytes.
///
/// Big-endian as all of VMState, except where a device copied registers that are little-endian (the
/// configuration space of a PCI device).
public final class IntegerNode extends LeafNode {
    private final boolean signed;
    private final ByteOrder order;
    private final long bits;

    IntegerNode(NodePlace place, int width, boolean signed, ByteOrder order) {
        super(place, width);
        this.signed = signed;
        this.order = order;
        this.bits = place.region().bits(place.offset(), width, order);
    }

    /// The size in bytes.
    public int width() {
        return (int) length();
    }

    /// Whether the number is signed (two's complement).
    public boolean signed() {
        return signed;
    }

    /// The byte order.
    public ByteOrder order() {
        return order;
    }

    /// The bits; the bits above [#width()] are 0.
    public long bits() {
        return bits;
    }

    /// The number as a `long`. Negative if it is signed and its highest bit is set, and also if it
    /// is an unsigned number of 8 bytes greater than [Long#MAX_VALUE].
    public long value() {
        int unused = Long.SIZE - Byte.SIZE * width();
        return signed ? bits << unused >> unused : bits;
    }

    /// The exact number.
    public BigInteger exact() {
        return signed ? BigInteger.valueOf(value()) : new BigInteger(Long.toUnsignedString(bits));
    }
}
