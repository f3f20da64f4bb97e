// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.WireWriter;

/// The writer of the bodies of `ram` sections.
///
/// Corresponds to QEMU's `ram_save_setup` and `ram_save_page`.
final class RamBodyWriter {
    /// How much of a block is looked at at once, a multiple of every page size.
    static final int CHUNK_BYTES = 1 << 19;

    private static final long MAPPED_ALIGNMENT = 1 << 20;

    private final WireWriter out;
    private final RamImage image;
    private final int pageSize;
    private final boolean guestAddresses;
    private final Tally tally;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private @Nullable RamBlock lastBlock;

    /// @param guestAddresses whether the block list has them: the stream's capability
    ///   `x-ignore-shared`
    /// @param tally of the bytes of guest memory that were written
    RamBodyWriter(
            WireWriter out, RamImage image, int pageSize, boolean guestAddresses, Tally tally) {
        this.tally = tally;
        this.out = out;
        this.image = image;
        this.pageSize = pageSize;
        this.guestAddresses = guestAddresses;
    }

    /// What is done with each page in the order of the blocks.
    interface PageUse {
        void page(RamBlock block, long offset, byte[] bytes, int at, boolean zero)
                throws IOException;
    }

    /// Goes through all pages of the blocks that the stream carries.
    void eachPage(PageUse use) throws IOException {
        for (RamBlock block : image.blocks()) {
            eachPage(image, block, pageSize, tally, use);
        }
    }

    /// How many bytes the blocks have whose memory is in the image.
    static long carriedBytes(RamImage image) {
        return image.blocks().stream().filter(image::carried).mapToLong(RamBlock::length).sum();
    }

    /// Where the first byte from an offset of a block on is that somebody wants to see, or the
    /// block's length.
    interface Next {
        long from(long offset) throws IOException;
    }

    /// Goes through all pages of a block, unless its memory is elsewhere.
    private static void eachPage(
            RamImage image, RamBlock block, int pageSize, Tally tally, PageUse use)
            throws IOException {
        eachPage(image, block, pageSize, offset -> offset, tally, use);
    }

    /// Goes through the pages of those chunks of a block in which there is something to see; the
    /// others, however many the block has, cost nothing.
    static void eachPage(
            RamImage image, RamBlock block, int pageSize, Next next, Tally tally, PageUse use)
            throws IOException {
        if (!image.carried(block)) {
            return;
        }
        byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, block.length())];
        long passed = 0;
        for (long at = next.from(0); at < block.length(); at = next.from(passed)) {
            long from = at / CHUNK_BYTES * CHUNK_BYTES;
            tally.add(from - passed);
            int count = pages(image, block, from, chunk, pageSize, use);
            tally.add(count);
            passed = from + count;
        }
        tally.add(block.length() - passed);
    }

    /// Goes through the pages of one chunk; returns how many bytes it has.
    private static int pages(
            RamImage image, RamBlock block, long from, byte[] chunk, int pageSize, PageUse use)
            throws IOException {
        int count = (int) Math.min(CHUNK_BYTES, block.length() - from);
        boolean hole = !image.hasData(block, from, count);
        if (!hole) {
            image.read(block, from, chunk, 0, count);
        }
        for (int at = 0; at <= count - pageSize; at += pageSize) {
            use.page(block, from + at, chunk, at, hole || Pages.isZero(chunk, at, pageSize));
        }
        return count;
    }

    /// The block list, without pages.
    void blockList() throws IOException {
        long total = image.blocks().stream().mapToLong(RamBlock::length).sum();
        out.u64(total | RamFlags.MEM_SIZE);
        for (RamBlock block : image.blocks()) {
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

    /// The block list with the pages inside, at their places in the file, whose offset is what
    /// `out` has as its position.
    void mappedBlockList() throws IOException {
        long total = image.blocks().stream().mapToLong(RamBlock::length).sum();
        out.u64(total | RamFlags.MEM_SIZE);
        for (RamBlock block : image.blocks()) {
            declaration(block);
            mapped(block);
        }
    }

    private void mapped(RamBlock block) throws IOException {
        out.int32(MappedRam.VERSION);
        out.u64(pageSize);
        if (!image.carried(block)) {
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
                word |= image.hasData(block, from, pageSize) ? 1L << bit : 0;
            }
            out.u64(Long.reverseBytes(word));
        }
        out.hole(pagesAt - out.position());
        long at = 0;
        while (at < block.length()) {
            long data = image.nextData(block, at);
            if (data < 0) {
                break;
            }
            out.hole(data - at);
            tally.add(data - at);
            long end = image.nextHole(block, data);
            for (long from = data; from < end; from += CHUNK_BYTES) {
                int count = (int) Math.min(CHUNK_BYTES, end - from);
                tally.add(count);
                image.read(block, from, chunk, 0, count);
                out.bytes(chunk, 0, count);
            }
            at = end;
        }
        out.hole(pagesAt + block.length() - out.position());
    }

    /// All pages, zero or in full.
    void plainPages() throws IOException {
        eachPage(
                (block, offset, bytes, at, zero) -> {
                    if (zero) {
                        zeroPage(block, offset);
                    } else {
                        fullPage(block, offset, bytes, at);
                    }
                });
    }

    /// All pages, those zero whose delta to zero is worth sending later.
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

    /// The deltas for what [#pagesBeforeDeltas] left zero.
    void deltas() throws IOException {
        byte[] zeros = new byte[pageSize];
        byte[] delta = new byte[maxDelta()];
        eachPage(
                (block, offset, bytes, at, zero) -> {
                    int length = zero ? 0 : Xbzrle.encode(zeros, 0, bytes, at, pageSize, delta);
                    if (length > 0) {
                        head(block, offset, RamFlags.XBZRLE);
                        out.u8(1);
                        out.u16(length);
                        out.bytes(delta, 0, length);
                    }
                });
    }

    /// A delta of half a page or more saves too little.
    private int maxDelta() {
        return pageSize / 2;
    }

    /// All pages, those with data as zlib streams but for the first of each block, as QEMU does it.
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

    private void fullPage(RamBlock block, long offset, byte[] bytes, int at) throws IOException {
        head(block, offset, RamFlags.PAGE);
        out.bytes(bytes, at, pageSize);
    }

    /// The mark behind which all channels are in step.
    void multifdFlush() throws IOException {
        out.u64(RamFlags.MULTIFD_FLUSH);
    }

    /// The end of a body.
    void end() throws IOException {
        out.u64(RamFlags.EOS);
    }

    @SuppressWarnings("ReferenceEquality") // blocks come from one image
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
