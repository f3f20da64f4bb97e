// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteOrder;
import java.util.Objects;

/// A bitmap of 64-bit words; bit 0 is the lowest bit of the first word.
///
/// The stream does not tell how many bits of the last word are used.
///
/// QEMU: `vmstate_info_bitmap`.
public final class BitmapNode extends LeafNode {
    BitmapNode(NodePlace place, long length) {
        super(place, length);
    }

    /// The number of words.
    public int words() {
        return Math.toIntExact(length() / Long.BYTES);
    }

    /// One word.
    public long word(int index) {
        int at = Objects.checkIndex(index, words());
        long offset = offset() + (long) at * Long.BYTES;
        return place().region().bits(offset, Long.BYTES, ByteOrder.BIG_ENDIAN);
    }

    /// Whether a bit is set.
    public boolean get(int bit) {
        return (word(bit / Long.SIZE) >>> bit % Long.SIZE & 1) != 0;
    }
}
