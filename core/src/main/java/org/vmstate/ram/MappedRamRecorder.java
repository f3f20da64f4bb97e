// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Section;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireWriter;

/// Writes each page to a fixed offset of a file (capability `mapped-ram`), so that the size of the
/// file does not depend on how often pages were sent.
///
/// The offsets depend on the page size, so the block list is written when the first page with data
/// comes. Consecutive pages are written together. A page that was not received, or was a zero page
/// last, is a zero page in the file.
///
/// Safe for use by several threads. Closing it frees buffers; it does not close the file.
public final class MappedRamRecorder extends RamRecorder {
    private static final int RUN_BYTES = 1 << 20;
    private static final int PIECE_WORDS = 1 << 12;

    /// The length of the longest block, 16 TiB, as for a map of arrivals.
    private static final long MAX_BLOCK_BYTES = 1L << 44;

    private final FileChannel file;
    private final Map<RamBlock, Place> places = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment run = arena.allocate(RUN_BYTES, 64);
    private final ByteBuffer runBytes = run.asByteBuffer();
    private final byte[] page = new byte[PageSize.MAX_BYTES];
    private final byte[] packed = new byte[2 * PageSize.MAX_BYTES];
    private final PageInflater inflater = new PageInflater();
    private Section.@Nullable Start waiting;
    private int pageSize;
    private @Nullable Place runPlace;
    private long runOffset;
    private int runLength;

    /// Where a block's pages are, and which of them have data.
    ///
    /// @param present the bitmap, in pieces of [#PIECE_WORDS] words that are allocated when a page
    ///   has data
    private record Place(MappedRam header, long bitmapBytes, Map<Long, long[]> present) {
        void set(long offset, long bytes, boolean data) {
            long first = offset / header.pageSize();
            long last = (offset + bytes) / header.pageSize();
            for (long page = first; page < last; page++) {
                long word = page >>> 6;
                int at = (int) (word % PIECE_WORDS);
                if (data) {
                    present.computeIfAbsent(word / PIECE_WORDS, _ -> new long[PIECE_WORDS])[at] |=
                            1L << page;
                } else {
                    long[] piece = present.get(word / PIECE_WORDS);
                    if (piece != null) {
                        piece[at] &= ~(1L << page);
                    }
                }
            }
        }

        boolean data(long offset) {
            long page = offset / header.pageSize();
            long[] piece = present.get((page >>> 6) / PIECE_WORDS);
            return piece != null && (piece[(int) ((page >>> 6) % PIECE_WORDS)] >>> page & 1) != 0;
        }
    }

    /// Creates a recorder to `out`, which writes to `file` from its first byte on; the caller
    /// flushes it.
    public MappedRamRecorder(FileChannel file, WireWriter out, RamContext context) {
        super(out, context);
        this.file = file;
    }

    @Override
    void start(Section.Start start) throws IOException {
        if (context.ignoreShared()) {
            throw new UnsupportedException(
                    "mapped-ram with x-ignore-shared: which blocks have pages is known too late",
                    start.body().offset());
        }
        if (pageSize != 0 || waiting != null) {
            throw new UnsupportedException(
                    "memory that starts a second time", start.body().offset());
        }
        waiting = start;
    }

    @Override
    void endSection() {}

    @Override
    void end(Section.End end) throws IOException {
        layOut();
        writeRun();
        for (Place place : places.values()) {
            bitmap(place);
        }
        stream.write(end.withBody(NOTHING));
        out.u64(RamFlags.EOS);
        footer(end.sectionId());
    }

    private void bitmap(Place place) throws IOException {
        for (Map.Entry<Long, long[]> piece : place.present().entrySet()) {
            long at = piece.getKey() * PIECE_WORDS * Long.BYTES;
            ByteBuffer bits =
                    ByteBuffer.allocate(PIECE_WORDS * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bits.asLongBuffer().put(piece.getValue());
            bits.limit((int) Math.min(bits.capacity(), place.bitmapBytes() - at));
            write(bits, place.header().bitmapOffset() + at);
        }
    }

    @Override
    public synchronized void record(RamRecordReader records) throws IOException {
        switch (records.kind()) {
            case PAGE -> {
                layOut();
                records.payload(next(records.block(), records.offset(), records.payloadLength()));
            }
            case ZERO_PAGE -> zero(records.block(), records.offset(), records.fill());
            case XBZRLE_PAGE -> {
                layOut();
                writeRun();
                int length = records.payloadLength();
                records.payload(packed, 0);
                read(records.block(), records.offset());
                Xbzrle.decode(packed, 0, length, page, 0, pageSize, records.recordOffset());
                put(records.block(), records.offset(), page, 0);
            }
            case COMPRESSED_PAGE -> {
                layOut();
                int length = records.payloadLength();
                records.payload(packed, 0);
                inflater.decode(packed, 0, length, page, 0, pageSize, records.recordOffset());
                put(records.block(), records.offset(), page, 0);
            }
            case HOOK ->
                    throw new UnsupportedException(
                            "memory outside of the stream", records.recordOffset());
            case BLOCK_LIST, MULTIFD_FLUSH, END_OF_SECTION -> {}
        }
    }

    @Override
    synchronized void packet(RamBlock block, MultifdPacket packet, byte[] pages)
            throws IOException {
        context.learnPageSize(PageSize.Source.MULTIFD_PACKET, packet.pageSize(), 0);
        layOut();
        for (int i = 0; i < packet.offsets().length; i++) {
            if (i < packet.normal()) {
                put(block, packet.offsets()[i], pages, i * pageSize);
            } else {
                zero(block, packet.offsets()[i], 0);
            }
        }
    }

    /// Writes the block list, if it was not written.
    private void layOut() throws IOException {
        Section.Start start = waiting;
        if (start == null) {
            return;
        }
        waiting = null;
        pageSize = context.pageSize().map(PageSize::bytes).orElse(PageSize.USUAL_BYTES);
        stream.write(start.withBody(NOTHING));
        out.u64(context.blocks().stream().mapToLong(RamBlock::length).sum() | RamFlags.MEM_SIZE);
        for (RamBlock block : context.blocks()) {
            places.put(block, place(block));
        }
        out.u64(RamFlags.EOS);
        footer(start.sectionId());
    }

    private Place place(RamBlock block) throws IOException {
        if (block.length() % pageSize != 0 || block.length() > MAX_BLOCK_BYTES) {
            throw new UnsupportedException(
                    "a block of " + block.length() + " bytes in pages of " + pageSize,
                    out.position());
        }
        out.str8(block.name());
        out.u64(block.length());
        out.int32(MappedRam.VERSION);
        out.u64(pageSize);
        long bitmapAt = out.position() + 2 * Long.BYTES;
        long words = Math.ceilDiv(block.length() / pageSize, (long) Long.SIZE);
        long pagesAt =
                Math.ceilDiv(bitmapAt + words * Long.BYTES, RamBodyWriter.MAPPED_ALIGNMENT)
                        * RamBodyWriter.MAPPED_ALIGNMENT;
        out.u64(bitmapAt);
        out.u64(pagesAt);
        out.hole(pagesAt + block.length() - out.position());
        return new Place(
                new MappedRam(pageSize, bitmapAt, pagesAt), words * Long.BYTES, new HashMap<>());
    }

    private Place placeOf(RamBlock block) throws CorruptException {
        Place place = places.get(block);
        if (place == null) {
            throw new CorruptException(
                    "pages before the first section of ram has ended", out.position());
        }
        return place;
    }

    private void put(RamBlock block, long offset, byte[] bytes, int at) throws IOException {
        MemorySegment.copy(
                bytes, at, next(block, offset, pageSize), ValueLayout.JAVA_BYTE, 0, pageSize);
    }

    /// The memory for the next page, which is written with the pages before it if it follows them.
    @SuppressWarnings("ReferenceEquality") // one Place per block
    private MemorySegment next(RamBlock block, long offset, int size) throws IOException {
        Place place = placeOf(block);
        if (place != runPlace || offset != runOffset + runLength || runLength + size > RUN_BYTES) {
            writeRun();
            runPlace = place;
            runOffset = offset;
        }
        MemorySegment memory = run.asSlice(runLength, size);
        runLength += size;
        return memory;
    }

    private void writeRun() throws IOException {
        Place place = runPlace;
        if (place == null || runLength == 0) {
            return;
        }
        write(runBytes.slice(0, runLength), place.header().pagesOffset() + runOffset);
        place.set(runOffset, runLength, true);
        runLength = 0;
        runPlace = null;
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += file.write(bytes, at);
        }
    }

    private void zero(RamBlock block, long offset, int fill) throws IOException {
        if (fill != 0) {
            layOut();
            Arrays.fill(page, 0, pageSize, (byte) fill);
            put(block, offset, page, 0);
            return;
        }
        if (waiting == null) { // otherwise no page has data
            if (runLength > 0) {
                writeRun();
            }
            placeOf(block).set(offset, pageSize, false);
        }
    }

    /// Reads the current content of a page.
    private void read(RamBlock block, long offset) throws IOException {
        Place place = placeOf(block);
        if (!place.data(offset)) {
            Arrays.fill(page, 0, pageSize, (byte) 0);
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(page, 0, pageSize);
        long at = place.header().pagesOffset() + offset;
        while (bytes.hasRemaining()) {
            int count = file.read(bytes, at + bytes.position());
            if (count < 0) {
                throw new IOException("a page that was written cannot be read");
            }
        }
    }

    @Override
    public void close() {
        inflater.close();
        arena.close();
    }
}
