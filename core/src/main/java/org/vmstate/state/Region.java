// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vmstate.wire.TruncatedException;

/// The bytes of one section body, addressed by their absolute offset in the stream.
///
/// @param memory the bytes
/// @param origin the absolute offset of the first of them
record Region(MemorySegment memory, long origin) {
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED;

    /// The absolute offset behind the last byte.
    long end() {
        return origin + memory.byteSize();
    }

    /// Throws unless `count` bytes are there from `offset` on.
    void require(long offset, long count) throws TruncatedException {
        if (count > end() - offset) {
            throw new TruncatedException(
                    "the body ends inside a value of " + count + " bytes", offset);
        }
    }

    int u8(long offset) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset - origin));
    }

    /// The bits of a number of 1, 2, 4 or 8 bytes, the high bits 0.
    long bits(long offset, int bytes, ByteOrder order) {
        long at = offset - origin;
        return switch (bytes) {
            case 1 -> u8(offset);
            case 2 -> Short.toUnsignedLong(memory.get(U16.withOrder(order), at));
            case 4 -> Integer.toUnsignedLong(memory.get(U32.withOrder(order), at));
            case 8 -> memory.get(U64.withOrder(order), at);
            default -> throw new IllegalArgumentException("a number of " + bytes + " bytes");
        };
    }

    long u32(long offset) {
        return bits(offset, 4, ByteOrder.BIG_ENDIAN);
    }

    /// A part, at the same offsets.
    Region part(long offset, long length) {
        return new Region(slice(offset, length), offset);
    }

    MemorySegment slice(long offset, long length) {
        return memory.asSlice(offset - origin, length);
    }
}
