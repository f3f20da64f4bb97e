// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteOrder;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// The header that says where a block's pages lie in a `mapped-ram` file.
///
/// ```
/// u32 version (1)   u64 page size   u64 bitmap offset   u64 pages offset
/// ```
///
/// Offsets are absolute in the file. The bitmap has one bit per page, in 64-bit words of the host's
/// byte order, which [BitmapOrder] finds out; a page whose bit is 0 is a zero page, whatever its
/// place in the file holds. A shared block under `x-ignore-shared` has both offsets 0: its pages
/// are not in the file.
///
/// @param pageSize the size of a page, a power of two
/// @param bitmapOffset where the bitmap begins, or 0
/// @param pagesOffset where the block's first page lies, or 0
///
///   Corresponds to QEMU's `MappedRamHeader`.
public record MappedRam(int pageSize, long bitmapOffset, long pagesOffset) {
    /// The bytes of the header in the stream.
    public static final int HEADER_BYTES = 28;

    /// The only version of the header there is.
    public static final int VERSION = 1;

    /// Whether the file has the block's pages at all.
    public boolean present() {
        return pagesOffset != 0;
    }

    /// Reads the header of a block of `length` bytes and passes over the block's bitmap and pages,
    /// to what follows them.
    ///
    /// Offsets that do not lie one behind the other, or outside the input, are a
    /// [CorruptException].
    static MappedRam read(WireReader in, RamContext context, long length) throws IOException {
        long at = in.position();
        long version = in.u32();
        if (version != VERSION) {
            throw new CorruptException(
                    "mapped-ram header of version " + version + " instead of 1", at);
        }
        long pageSize = in.u64();
        context.learnPageSize(PageSize.Source.MAPPED_RAM, pageSize, at);
        MappedRam header = new MappedRam((int) pageSize, in.u64(), in.u64());
        if (header.bitmapOffset == 0 && header.pagesOffset == 0 && context.ignoreShared()) {
            return header;
        }
        if (length % pageSize != 0) {
            throw new CorruptException(
                    "a block of " + length + " bytes in pages of " + pageSize, at);
        }
        long bitmapEnd = in.position() + header.bitmapBytes(length);
        if (header.bitmapOffset != in.position() || header.pagesOffset < bitmapEnd) {
            throw new CorruptException(
                    "mapped-ram bitmap at 0x"
                            + Long.toHexString(header.bitmapOffset)
                            + " and pages at 0x"
                            + Long.toHexString(header.pagesOffset)
                            + " do not follow their header",
                    at);
        }
        in.skip(header.pagesOffset - in.position());
        in.skip(length);
        return header;
    }

    /// The bytes of the bitmap of a block of `length` bytes: whole 64-bit words.
    public long bitmapBytes(long length) {
        return Math.ceilDiv(pages(length), 64L) * 8;
    }

    /// How many pages a block of `length` bytes has.
    long pages(long length) {
        return length / pageSize;
    }

    /// The bitmap of a block of `length` bytes.
    PageBitmap bitmap(WireReader in, long length, ByteOrder order) throws IOException {
        return new PageBitmap(in.view(bitmapOffset, bitmapBytes(length)), order, pages(length));
    }
}
