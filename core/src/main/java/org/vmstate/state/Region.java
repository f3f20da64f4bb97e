// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.vmstate.wire.TruncatedException;

/// The bytes of one section body, addressed by absolute offset in the stream.
///
/// @param memory the bytes
/// @param origin the absolute offset of the first byte
record Region(MemorySegment memory, long origin) {
    /// The absolute offset after the last byte.
    long end() {
        return origin + memory.byteSize();
    }

    /// Throws unless `count` bytes are available at `offset`.
    void require(long offset, long count) throws TruncatedException {
        if (count > end() - offset) {
            throw new TruncatedException(
                    "the body ends inside a value of " + count + " bytes", offset);
        }
    }

    int u8(long offset) {
        return Byte.toUnsignedInt(buffer(offset, 1).get(0));
    }

    /// The bits of a number of 1, 2, 4 or 8 bytes, zero-extended.
    long bits(long offset, int bytes, ByteOrder order) {
        ByteBuffer number = buffer(offset, bytes).order(order);
        return switch (bytes) {
            case 1 -> Byte.toUnsignedLong(number.get(0));
            case 2 -> Short.toUnsignedLong(number.getShort(0));
            case 4 -> Integer.toUnsignedLong(number.getInt(0));
            case 8 -> number.getLong(0);
            default -> throw new IllegalArgumentException("a number of " + bytes + " bytes");
        };
    }

    long u32(long offset) {
        return bits(offset, 4, ByteOrder.BIG_ENDIAN);
    }

    /// A part of the region, with the same offsets.
    Region part(long offset, long length) {
        return new Region(slice(offset, length), offset);
    }

    /// A few bytes as a buffer, which takes less time at start-up than memory layouts.
    private ByteBuffer buffer(long offset, int length) {
        return slice(offset, length).asByteBuffer();
    }

    MemorySegment slice(long offset, long length) {
        return memory.asSlice(offset - origin, length);
    }
}
