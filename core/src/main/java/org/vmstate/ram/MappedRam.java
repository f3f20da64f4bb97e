// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteOrder;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// The header that locates a block's pages in a `mapped-ram` file.
///
/// ```
/// u32 version (1)   u64 page size   u64 bitmap offset   u64 pages offset
/// ```
///
/// Offsets are absolute in the file. The bitmap has one bit per page, in 64-bit words of the host's
/// byte order (see [BitmapOrder]). A page whose bit is 0 is a zero page; the bytes at its offset
/// are undefined. A shared block under `x-ignore-shared` has two offsets of 0: its pages are not in
/// the file.
///
/// @param pageSize the size of a page in bytes, a power of two
/// @param bitmapOffset the offset of the bitmap, or 0
/// @param pagesOffset the offset of the block's first page, or 0
///
///   Corresponds to QEMU's `MappedRamHeader`.
public record MappedRam(int pageSize, long bitmapOffset, long pagesOffset) {
    /// The size of the header in bytes.
    public static final int HEADER_BYTES = 28;

    /// The only version of the header.
    public static final int VERSION = 1;

    /// Whether the file contains the block's pages.
    public boolean present() {
        return pagesOffset != 0;
    }

    /// Reads the header of a block of `length` bytes and skips the block's bitmap and pages.
    ///
    /// Offsets that are not in ascending order, or outside the input, are a [CorruptException].
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

    /// The size in bytes of the bitmap of a block of `length` bytes: whole 64-bit words.
    public long bitmapBytes(long length) {
        return Math.ceilDiv(pages(length), 64L) * 8;
    }

    /// The number of pages of a block of `length` bytes.
    long pages(long length) {
        return length / pageSize;
    }

    /// Reads the bitmap of a block of `length` bytes.
    PageBitmap bitmap(WireReader in, long length, ByteOrder order) throws IOException {
        return new PageBitmap(in.view(bitmapOffset, bitmapBytes(length)), order, pages(length));
    }
}
