// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.math.BigInteger;
import java.nio.ByteOrder;

/// An integer of 1, 2, 4 or 8 bytes.
///
/// Big-endian, as everything in VMState; little-endian only where a device copied its registers
/// (the configuration space of a PCI device).
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

    /// The number of bytes.
    public int width() {
        return (int) length();
    }

    /// Whether the number is two's complement.
    public boolean signed() {
        return signed;
    }

    /// The order of the bytes on the wire.
    public ByteOrder order() {
        return order;
    }

    /// The bits as they are, the high ones 0.
    public long bits() {
        return bits;
    }

    /// The number, negative if it is signed and its highest bit is set; an unsigned number of 8
    /// bytes beyond the range of `long` is negative too.
    public long value() {
        int unused = Long.SIZE - Byte.SIZE * width();
        return signed ? bits << unused >> unused : bits;
    }

    /// The number, exact.
    public BigInteger exact() {
        return signed ? BigInteger.valueOf(value()) : new BigInteger(Long.toUnsignedString(bits));
    }
}
