// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Loads RAM section bodies into an image. If a page occurs several times, the last content wins.
///
/// With multifd the pages are in other files, which are read in step with the sync points of this
/// stream: see [MultifdChannels].
///
/// Corresponds to QEMU's `ram_load_precopy` and `ram_load_postcopy`.
final class RamLoader implements AutoCloseable {
    private static final int RECORDS_PER_REPORT = 256;

    private final RamContext context;
    private final RamImage image;
    private final RamStatistics statistics = new RamStatistics();
    private final @Nullable MultifdChannels channels;
    private final byte[] page = new byte[PageSize.MAX_BYTES];
    private final Tally progress;
    private final long start;
    private boolean flushMarks;
    private boolean sized;
    private boolean deltas;
    private int untold;

    /// Creates a loader of the bodies of one stream, to be called in the order of the stream.
    ///
    /// @param channels the channels of a multifd migration, or null
    /// @param start the offset of the stream's first byte
    /// @param progress receives the number of bytes consumed of the stream and all channels
    RamLoader(
            RamContext context,
            RamImage image,
            @Nullable MultifdChannels channels,
            long start,
            Tally progress) {
        this.context = context;
        this.image = image;
        this.channels = channels;
        this.start = start;
        this.progress = progress;
    }

    RamContext context() {
        return context;
    }

    /// The statistics of the records so far.
    RamStatistics statistics() {
        return statistics;
    }

    /// Loads the body at the position of `in` up to and including its end mark.
    ///
    /// Reports the earliest error in stream order, although other threads decode pages while this
    /// one reads what follows them.
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
            if (!sized && context.targetPageSize() != 0) {
                sized = true;
                image.pageSize(context.targetPageSize());
            }
            switch (records.kind()) {
                case PAGE -> {
                    BlockFile content = arrived(records, RamStatistics.Encoding.PLAIN);
                    records.payload(
                            image.lanes().put(content, records.offset(), records.payloadLength()));
                }
                case ZERO_PAGE -> zeroPage(records);
                case XBZRLE_PAGE -> xbzrlePage(records);
                case COMPRESSED_PAGE -> compressedPage(records);
                case BLOCK_LIST -> blockList(in);
                case HOOK -> statistics.hook();
                case MULTIFD_FLUSH -> {
                    statistics.flushMark();
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

    /// Counts the page of a record and marks it as received.
    private BlockFile arrived(RamRecordReader records, RamStatistics.Encoding how) {
        statistics.count(records.block(), how, 1);
        BlockFile content = image.content(records.block());
        content.arrivals().page(records.offset());
        return content;
    }

    private void sync(WireReader in) throws IOException {
        if (channels != null) {
            long position = in.position();
            channels.sync(context, image, statistics, () -> tell(position));
        }
    }

    private void tell(long position) throws CancelledException {
        progress.to(position - start + (channels == null ? 0 : channels.position()));
    }

    /// Discards a range that the postcopy source will send again.
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
        image.discard(block, start, length);
    }

    /// Loads the packets of the channels after the last sync point; to be called at the end of the
    /// stream.
    ///
    /// @param position the offset of the end of the stream, for progress
    void finish(long position) throws IOException {
        for (String name : statistics.pages().keySet()) {
            RamBlock block = context.block(name);
            if (block != null) {
                image.carry(block);
            }
        }
        if (channels != null) {
            channels.finish(context, image, statistics, () -> tell(position));
        }
        image.settle();
    }

    /// The evidence of missing memory other than missing pages; complete after [#finish].
    List<MissingMemory> missing() {
        List<MissingMemory> found = new ArrayList<>();
        if (statistics.hooks() > 0) {
            found.add(
                    new MissingMemory(
                            MissingMemory.Kind.RAM_HOOK,
                            "memory is outside of the stream (RAM hook; Android emulator: ram.bin)"));
        }
        if (channels != null) {
            found.addAll(channels.missing());
        } else if (statistics.flushMarks() > 0 && !context.mappedRam()) {
            found.add(
                    new MissingMemory(
                            MissingMemory.Kind.NO_CHANNELS,
                            "this is the main channel of a multifd migration; the other channels, which have the pages, were not given"));
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        if (channels != null) {
            channels.close();
        }
    }

    private void zeroPage(RamRecordReader records) throws IOException {
        BlockFile content = arrived(records, RamStatistics.Encoding.ZERO);
        int size = context.targetPageSize();
        if (records.fill() != 0) {
            if (size == 0) {
                throw new UnsupportedException(
                        "a page of byte " + records.fill() + " before the page size is known",
                        records.recordOffset());
            }
            Arrays.fill(page, 0, size, (byte) records.fill());
            image.write(records.block(), records.offset(), page, 0, size);
        } else if (size != 0) {
            image.lanes().zero(content, records.offset(), size);
        } else if (deltas) {
            image.lanes().zero(content, records.offset(), largestSize(records));
        }
        // While the page size is unknown, only zero pages were received, and all memory is zero.
    }

    private void xbzrlePage(RamRecordReader records) throws IOException {
        BlockFile content = arrived(records, RamStatistics.Encoding.XBZRLE);
        int size = context.targetPageSize();
        deltas = true;
        Lanes lanes = image.lanes();
        int at =
                lanes.decode(
                        content,
                        records.offset(),
                        size == 0 ? largestSize(records) : size,
                        PageOperation.Codec.XBZRLE,
                        records.payloadLength(),
                        records.recordOffset());
        records.payload(lanes.bytes(), at);
    }

    /// The maximum size of a record's page while the page size is unknown. Pages do not overlap, so
    /// it is limited by the distance between pages.
    private int largestSize(RamRecordReader records) {
        return (int)
                Math.min(context.largestPageSize(), records.block().length() - records.offset());
    }

    private void compressedPage(RamRecordReader records) throws IOException {
        BlockFile content = arrived(records, RamStatistics.Encoding.ZLIB_PAGE);
        if (context.targetPageSize() == 0) {
            firstCompressedPage(records);
            return;
        }
        Lanes lanes = image.lanes();
        int at =
                lanes.decode(
                        content,
                        records.offset(),
                        context.targetPageSize(),
                        PageOperation.Codec.ZLIB,
                        records.payloadLength(),
                        records.recordOffset());
        records.payload(lanes.bytes(), at);
    }

    /// Decodes the page in this thread, because its size is the page size.
    private void firstCompressedPage(RamRecordReader records) throws IOException {
        byte[] packed = new byte[records.payloadLength()];
        records.payload(packed, 0);
        int size;
        try (PageInflater inflater = new PageInflater()) {
            size = inflater.length(packed, page, records.recordOffset());
        } catch (CorruptException e) {
            throw e.within("page 0x" + Long.toHexString(records.offset()))
                    .within("block " + Printable.quoted(records.block().name()));
        }
        if (!context.possiblePageSize(size) || size > records.block().length() - records.offset()) {
            throw new CorruptException(
                            "a compressed page of " + size + " bytes", records.recordOffset())
                    .within("page 0x" + Long.toHexString(records.offset()))
                    .within("block " + Printable.quoted(records.block().name()));
        }
        context.learnPageSize(PageSize.Source.RECORDS, size, records.recordOffset());
        image.write(records.block(), records.offset(), page, 0, size);
    }

    private void blockList(WireReader in) throws IOException {
        sized = context.targetPageSize() != 0;
        image.declare(context.blocks(), sized ? context.targetPageSize() : PageSize.MIN_BYTES);
        Map<RamBlock, MappedRam> inFile = context.mappedBlocks();
        for (RamBlock block : context.blocks()) {
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
        image.arrivals(block).all(); // a page whose bit is clear is a zero page
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
                tell(mapped.pagesOffset() + at);
            }
            from = to;
        }
    }
}
