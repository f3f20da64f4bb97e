// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Applies RAM section bodies to an image: of a page that comes several times the last one stays.
///
/// With multifd the pages are in other files, which have to be taken in step with the marks in this
/// stream: see [MultifdChannels].
///
/// Corresponds to QEMU's `ram_load_precopy` and `ram_load_postcopy`.
final class RamLoader implements AutoCloseable {
    private static final int RECORDS_PER_REPORT = 4096;
    private static final int PIECES_PER_REPORT = 256;

    private final RamContext context;
    private final RamImage image;
    private final RamStatistics statistics = new RamStatistics();
    private final @Nullable MultifdChannels channels;
    private final byte[] page = new byte[RamContext.MAX_PAGE_SIZE];
    private final LongConsumer progress;
    private boolean flushMarks;
    private int untold;

    /// A loader of one stream's bodies, which come in their order.
    ///
    /// @param channels the further channels of a multifd migration, or null
    /// @param progress is told now and then how far the loader is: its offset in the stream and in
    ///   each channel, added up
    RamLoader(
            RamContext context,
            RamImage image,
            @Nullable MultifdChannels channels,
            LongConsumer progress) {
        this.context = context;
        this.image = image;
        this.channels = channels;
        this.progress = progress;
    }

    RamContext context() {
        return context;
    }

    /// What came so far.
    RamStatistics statistics() {
        return statistics;
    }

    /// Loads the body at which `in` stands, to the last page of it.
    ///
    /// Of several things that are wrong the first in the stream is told, although pages are decoded
    /// in other threads while what follows them is read.
    void body(WireReader in) throws IOException {
        try {
            records(in);
        } catch (IOException e) {
            image.settle();
            throw e;
        }
        image.settle();
    }

    private void records(WireReader in) throws IOException {
        statistics.section();
        boolean begins = context.blocks().isEmpty();
        RamRecordReader records = new RamRecordReader(in, context);
        while (records.next()) {
            if (++untold == RECORDS_PER_REPORT) {
                untold = 0;
                tell(in.position());
            }
            switch (records.kind()) {
                case PAGE -> {
                    statistics.count(records.block(), RamStatistics.Encoding.PLAIN, 1);
                    records.payload(
                            image.lanes()
                                    .put(
                                            image.content(records.block()),
                                            records.offset(),
                                            records.payloadLength()));
                }
                case ZERO_PAGE -> zeroPage(records);
                case XBZRLE_PAGE ->
                        encodedPage(
                                records, RamStatistics.Encoding.XBZRLE, PageOperation.Code.XBZRLE);
                case COMPRESSED_PAGE ->
                        encodedPage(
                                records, RamStatistics.Encoding.ZLIB_PAGE, PageOperation.Code.ZLIB);
                case BLOCK_LIST -> blockList(in);
                case MULTIFD_FLUSH -> {
                    flushMarks |= begins;
                    sync(in);
                }
                case END_OF_SECTION -> {
                    if (!flushMarks) {
                        sync(in);
                    }
                }
            }
        }
    }

    private void sync(WireReader in) throws IOException {
        if (channels != null) {
            long position = in.position();
            channels.sync(context, image, statistics, () -> tell(position));
        }
    }

    private void tell(long position) {
        progress.accept(position + (channels == null ? 0 : channels.position()));
    }

    /// Makes a range zero that postcopy tells the destination to discard, to be sent again.
    void discard(String blockName, long start, long length, long offset) throws IOException {
        RamBlock block = context.block(blockName);
        if (block == null) {
            throw new CorruptException(
                    "discards a block never declared: " + Printable.quoted(blockName), offset);
        }
        if (start < 0 || length < 0 || start > block.length() || length > block.length() - start) {
            throw new CorruptException(
                    "discards a range outside block " + Printable.quoted(blockName), offset);
        }
        statistics.discard(length);
        image.zero(block, start, length);
    }

    /// Takes what the channels have behind the last mark; to be called at the end of the stream.
    void finish() throws IOException {
        for (String name : statistics.pages().keySet()) {
            RamBlock block = context.block(name);
            if (block != null) {
                image.carry(block);
            }
        }
        if (channels != null) {
            channels.finish(context, image, statistics);
        }
        image.settle();
    }

    @Override
    public void close() throws IOException {
        if (channels != null) {
            channels.close();
        }
    }

    private void zeroPage(RamRecordReader records) throws IOException {
        statistics.count(records.block(), RamStatistics.Encoding.ZERO, 1);
        if (records.fill() != 0) {
            int size = pageSize(records);
            Arrays.fill(page, 0, size, (byte) records.fill());
            image.write(records.block(), records.offset(), page, 0, size);
        } else if (context.targetPageSize() != 0) {
            image.zero(records.block(), records.offset(), context.targetPageSize());
        }
        // Before the page size is known, no page in full came, and all is zero as it is.
    }

    private void encodedPage(
            RamRecordReader records, RamStatistics.Encoding how, PageOperation.Code code)
            throws IOException {
        statistics.count(records.block(), how, 1);
        Lanes lanes = image.lanes();
        int at =
                lanes.decode(
                        image.content(records.block()),
                        records.offset(),
                        pageSize(records),
                        code,
                        records.payloadLength(),
                        records.recordOffset());
        records.payload(lanes.bytes(), at);
    }

    /// The page size; where nothing told it, what all offsets agree with: a delta says where it
    /// ends, and a compressed page has to give exactly as much.
    private int pageSize(RamRecordReader records) throws IOException {
        int size = context.likelyPageSize();
        if (size > records.block().length() - records.offset()) {
            throw new CorruptException(
                            "an encoded page before any page in full", records.recordOffset())
                    .within("page 0x" + Long.toHexString(records.offset()))
                    .within("block " + Printable.quoted(records.block().name()));
        }
        return size;
    }

    private void blockList(WireReader in) throws IOException {
        image.declare(context.blocks());
        Map<RamBlock, MappedRam> inFile = new LinkedHashMap<>();
        for (RamBlock block : context.blocks()) {
            MappedRam mapped = block.mapped();
            if (mapped != null && mapped.present()) {
                inFile.put(block, mapped);
            }
            if (!context.ignoreShared() || inFile.containsKey(block)) {
                image.carry(block);
            }
        }
        if (inFile.isEmpty()) {
            return;
        }
        if (!in.seekable()) {
            throw new UnsupportedException(
                    "mapped-ram pages can be read from a file only", in.position());
        }
        ByteOrder order = BitmapOrder.find(in, inFile);
        for (Map.Entry<RamBlock, MappedRam> block : inFile.entrySet()) {
            mapped(in, block.getKey(), block.getValue(), order);
        }
    }

    /// Copies the pages whose bit is set.
    private void mapped(WireReader in, RamBlock block, MappedRam mapped, ByteOrder order)
            throws IOException {
        PageBitmap bitmap = mapped.bitmap(in, block.length(), order);
        long count = mapped.pages(block.length());
        long from = 0;
        while (from < count) {
            from = bitmap.nextSet(from);
            long to = bitmap.nextClear(from);
            statistics.count(block, RamStatistics.Encoding.MAPPED, to - from);
            for (long at = from * mapped.pageSize(); at < to * mapped.pageSize(); ) {
                int step = (int) Math.min(Lanes.inStripe(at), to * mapped.pageSize() - at);
                MemorySegment pages = in.view(mapped.pagesOffset() + at, step);
                image.lanes().put(image.content(block), at, step, pages, 0);
                at += step;
                if (++untold == PIECES_PER_REPORT) {
                    untold = 0;
                    tell(mapped.pagesOffset() + at);
                }
            }
            from = to;
        }
    }
}
