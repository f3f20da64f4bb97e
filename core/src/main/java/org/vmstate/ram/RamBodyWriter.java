// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.WireWriter;

/// Writes the bodies of `ram` sections.
///
/// Corresponds to QEMU's `ram_save_setup` and `ram_save_page`.
final class RamBodyWriter {
    /// The number of bytes of a block that are read at once, a multiple of every page size.
    static final int CHUNK_BYTES = 1 << 19;

    private static final int MAX_NAME_BYTES = 255;
    static final long MAPPED_ALIGNMENT = 1 << 20;

    private final WireWriter out;
    private final GuestMemory memory;
    private final Predicate<RamBlock> carried;
    private final int pageSize;
    private final boolean guestAddresses;
    private final Tally tally;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private @Nullable RamBlock lastBlock;

    /// @param carried the blocks whose memory is written; of the others only the declaration is
    /// @param guestAddresses whether the block list contains guest addresses: the stream's
    ///   capability `x-ignore-shared`
    /// @param tally counts the bytes of guest memory that were written
    RamBodyWriter(
            WireWriter out,
            GuestMemory memory,
            Predicate<RamBlock> carried,
            int pageSize,
            boolean guestAddresses,
            Tally tally) {
        this.tally = tally;
        this.out = out;
        this.memory = memory;
        this.carried = carried;
        this.pageSize = pageSize;
        this.guestAddresses = guestAddresses;
    }

    /// Checks that the blocks can be saved; returns the number of their bytes.
    ///
    /// @throws IllegalArgumentException if a block does not consist of one or more whole pages, or
    ///   if its name has not 1 to 255 bytes
    static long check(Collection<RamBlock> blocks, int pageSize) {
        long total = 0;
        for (RamBlock block : blocks) {
            int nameBytes = block.name().getBytes(StandardCharsets.UTF_8).length;
            if (nameBytes == 0 || nameBytes > MAX_NAME_BYTES) {
                throw new IllegalArgumentException(
                        "the name of a block has 1 to 255 bytes, not %d: %s"
                                .formatted(nameBytes, block.name()));
            }
            if (block.length() == 0) {
                throw new IllegalArgumentException("block " + block.name() + " has no pages");
            }
            if (block.length() % pageSize != 0) {
                throw new IllegalArgumentException(
                        "block %s: %d bytes are not whole pages of %d bytes"
                                .formatted(block.name(), block.length(), pageSize));
            }
            total += block.length();
        }
        return total;
    }

    /// Called for each page, in the order of the blocks.
    interface PageUse {
        void page(RamBlock block, long offset, byte[] bytes, int at, boolean zero)
                throws IOException;
    }

    /// Visits all pages of the blocks whose memory is in the memory.
    void eachPage(PageUse use) throws IOException {
        for (RamBlock block : memory.blocks()) {
            if (carried.test(block)) {
                eachPage(memory, block, pageSize, offset -> offset, tally, use);
            }
        }
    }

    /// The total length in bytes of the blocks whose memory is in the memory.
    static long carriedBytes(RamImage image) {
        return image.blocks().stream().filter(image::carried).mapToLong(RamBlock::length).sum();
    }

    /// Selects the pages to visit: returns the offset of the first byte at or after an offset that
    /// is of interest, or the block's length.
    interface PageSelector {
        long from(long offset) throws IOException;
    }

    /// Visits the pages of the chunks of a block that contain a byte that `next` selects. The time
    /// does not depend on the number of the other chunks.
    static void eachPage(
            GuestMemory memory,
            RamBlock block,
            int pageSize,
            PageSelector next,
            Tally tally,
            PageUse use)
            throws IOException {
        byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, block.length())];
        long passed = 0;
        for (long at = next.from(0); at < block.length(); at = next.from(passed)) {
            long from = at / CHUNK_BYTES * CHUNK_BYTES;
            tally.add(from - passed);
            int count = pages(memory, block, from, chunk, pageSize, use);
            tally.add(count);
            passed = from + count;
        }
        tally.add(block.length() - passed);
    }

    /// Visits the pages of one chunk; returns its size in bytes.
    private static int pages(
            GuestMemory memory, RamBlock block, long from, byte[] chunk, int pageSize, PageUse use)
            throws IOException {
        int count = (int) Math.min(CHUNK_BYTES, block.length() - from);
        boolean hole = memory.isZero(block, from, count);
        if (!hole) {
            memory.read(block, from, chunk, 0, count);
        }
        for (int at = 0; at <= count - pageSize; at += pageSize) {
            use.page(block, from + at, chunk, at, hole || Pages.isZero(chunk, at, pageSize));
        }
        return count;
    }

    /// Writes the block list, without pages.
    void blockList() throws IOException {
        long total = memory.blocks().stream().mapToLong(RamBlock::length).sum();
        out.u64(total | RamFlags.MEM_SIZE);
        for (RamBlock block : memory.blocks()) {
            declaration(block);
        }
    }

    private void declaration(RamBlock block) throws IOException {
        out.str8(block.name());
        out.u64(block.length());
        if (guestAddresses) {
            out.u64(block.guestAddress().orElse(0));
        }
    }

    /// Writes the block list with the pages at their offsets in the file; the position of `out`
    /// must be the offset in the file.
    void mappedBlockList() throws IOException {
        long total = memory.blocks().stream().mapToLong(RamBlock::length).sum();
        out.u64(total | RamFlags.MEM_SIZE);
        for (RamBlock block : memory.blocks()) {
            declaration(block);
            mapped(block);
        }
    }

    private void mapped(RamBlock block) throws IOException {
        out.int32(MappedRam.VERSION);
        out.u64(pageSize);
        if (!carried.test(block)) {
            out.u64(0);
            out.u64(0);
            return;
        }
        long bitmapAt = out.position() + 16;
        MappedRam header = new MappedRam(pageSize, bitmapAt, 0);
        long pagesAt =
                Math.ceilDiv(bitmapAt + header.bitmapBytes(block.length()), MAPPED_ALIGNMENT)
                        * MAPPED_ALIGNMENT;
        out.u64(bitmapAt);
        out.u64(pagesAt);
        long pages = block.length() / pageSize;
        for (long page = 0; page < pages; page += 64) {
            long word = 0;
            for (int bit = 0; bit < Math.min(64, pages - page); bit++) {
                long from = (page + bit) * pageSize;
                word |= memory.isZero(block, from, pageSize) ? 0 : 1L << bit;
            }
            out.u64(Long.reverseBytes(word));
        }
        out.hole(pagesAt - out.position());
        long at = 0;
        while (at < block.length()) {
            long data = memory.nextData(block, at);
            if (data < 0) {
                break;
            }
            out.hole(data - at);
            tally.add(data - at);
            long end = memory.nextHole(block, data);
            for (long from = data; from < end; from += CHUNK_BYTES) {
                int count = (int) Math.min(CHUNK_BYTES, end - from);
                tally.add(count);
                memory.read(block, from, chunk, 0, count);
                out.bytes(chunk, 0, count);
            }
            at = end;
        }
        out.hole(pagesAt + block.length() - out.position());
    }

    /// Writes all pages, each as a zero page or in full.
    void plainPages() throws IOException {
        for (RamBlock block : memory.blocks()) {
            if (!carried.test(block)) {
                continue;
            }
            Optional<MemorySegment> segment = memory.segment(block, 0, block.length());
            if (segment.isPresent()) {
                plainPages(block, segment.get());
                continue;
            }
            eachPage(
                    memory,
                    block,
                    pageSize,
                    offset -> offset,
                    tally,
                    (of, offset, bytes, at, zero) -> {
                        if (zero) {
                            zeroPage(of, offset);
                        } else {
                            fullPage(of, offset, bytes, at);
                        }
                    });
        }
    }

    private void plainPages(RamBlock block, MemorySegment bytes) throws IOException {
        for (long at = 0; at <= bytes.byteSize() - pageSize; at += pageSize) {
            MemorySegment page = bytes.asSlice(at, pageSize);
            if (Pages.isZero(page)) {
                zeroPage(block, at);
            } else {
                page(block, at, page);
            }
            tally.add(pageSize);
        }
    }

    /// Writes all pages; those that are worth sending as a delta to zeros are written as zero
    /// pages.
    void pagesBeforeDeltas() throws IOException {
        byte[] zeros = new byte[pageSize];
        byte[] delta = new byte[maxDelta()];
        eachPage(
                (block, offset, bytes, at, zero) -> {
                    if (zero || Xbzrle.encode(zeros, 0, bytes, at, pageSize, delta) > 0) {
                        zeroPage(block, offset);
                    } else {
                        fullPage(block, offset, bytes, at);
                    }
                });
    }

    /// Writes the deltas of the pages that [#pagesBeforeDeltas] wrote as zero pages.
    void deltas() throws IOException {
        byte[] zeros = new byte[pageSize];
        byte[] delta = new byte[maxDelta()];
        eachPage(
                (block, offset, bytes, at, zero) -> {
                    int length = zero ? 0 : Xbzrle.encode(zeros, 0, bytes, at, pageSize, delta);
                    if (length > 0) {
                        delta(block, offset, delta, length);
                    }
                });
    }

    /// Writes the changes of a page.
    void delta(RamBlock block, long offset, byte[] delta, int length) throws IOException {
        head(block, offset, RamFlags.XBZRLE);
        out.u8(1);
        out.u16(length);
        out.bytes(delta, 0, length);
    }

    /// The maximum size of a delta: one of half a page or more saves too little.
    private int maxDelta() {
        return pageSize / 2;
    }

    /// Writes all pages. Pages with data are compressed with zlib, except the first one of each
    /// block, as in QEMU.
    void zlibPages() throws IOException {
        Deflater deflater = new Deflater();
        try {
            byte[] packed = new byte[pageSize + 64];
            @Nullable RamBlock[] begun = {null};
            eachPage(
                    (block, offset, bytes, at, zero) -> {
                        if (zero) {
                            zeroPage(block, offset);
                            return;
                        }
                        if (!block.equals(begun[0])) {
                            fullPage(block, offset, bytes, at);
                            begun[0] = block;
                            return;
                        }
                        deflater.reset();
                        deflater.setInput(bytes, at, pageSize);
                        deflater.finish();
                        int length = deflater.deflate(packed);
                        if (!deflater.finished()) {
                            fullPage(block, offset, bytes, at);
                            return;
                        }
                        head(block, offset, RamFlags.COMPRESS_PAGE);
                        out.int32(length);
                        out.bytes(packed, 0, length);
                    });
        } finally {
            deflater.end();
        }
    }

    void zeroPage(RamBlock block, long offset) throws IOException {
        head(block, offset, RamFlags.ZERO);
        out.u8(0);
    }

    /// Writes a page whose content is read when the writer is flushed.
    void page(RamBlock block, long offset, ByteBuffer bytes) throws IOException {
        head(block, offset, RamFlags.PAGE);
        out.reference(bytes);
    }

    /// Writes a page.
    void page(RamBlock block, long offset, MemorySegment bytes) throws IOException {
        head(block, offset, RamFlags.PAGE);
        out.bytes(bytes);
    }

    void fullPage(RamBlock block, long offset, byte[] bytes, int at) throws IOException {
        head(block, offset, RamFlags.PAGE);
        out.bytes(bytes, at, pageSize);
    }

    /// Writes the mark at which all channels are synchronized.
    void multifdFlush() throws IOException {
        out.u64(RamFlags.MULTIFD_FLUSH);
    }

    /// Writes the end of a body.
    void end() throws IOException {
        out.u64(RamFlags.EOS);
    }

    @SuppressWarnings("ReferenceEquality") // one RamBlock per block of the image
    private void head(RamBlock block, long offset, int flag) throws IOException {
        if (block == lastBlock) {
            out.u64(offset | flag | RamFlags.CONTINUE);
        } else {
            out.u64(offset | flag);
            out.str8(block.name());
            lastBlock = block;
        }
    }
}
