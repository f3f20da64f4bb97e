// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Loads the bodies of `ram` sections into the memory of a machine, in place.
///
/// [#verify] checks a body without writing: the block list must name blocks that the machine has,
/// with the same lengths; the framing of all records, their offsets, the headers of mapped-ram and
/// the byte order of its bitmaps are checked. What only decoding shows (a damaged XBZRLE or zlib
/// page) is an error of [#load], after which part of the memory is already replaced.
///
/// The bodies of a stream come in their order, first all of them to [#verify] and then, with
/// another loader, all of them to [#load]. A stream that is not kept, such as a live migration, is
/// only loaded: each record is checked before it is written. Memory outside of the stream is an
/// [UnsupportedException], and so are pages on further channels without a [MultifdReceiver]. Pages
/// that are not in the stream keep their contents.
///
/// Not thread-safe. QEMU: `ram_load_precopy`.
public final class GuestMemoryLoader {
    /// The size of the pieces in which mapped-ram pages are copied.
    private static final int CHUNK_BYTES = 1 << 23;

    private final GuestMemory memory;
    private final RamContext context = new RamContext();
    private final Map<RamBlock, BlockMemory> targets = new HashMap<>();

    /// The block of the last record, and its target.
    private @Nullable RamBlock lastBlock;

    private @Nullable BlockMemory lastTarget;

    private @Nullable MultifdReceiver channels;

    /// Whether sync points of the channels are records; else they are the ends of the bodies.
    private boolean flushRecords;

    private @Nullable PresentPages present;

    private boolean postcopy;

    /// In postcopy, the offset that follows the target pages of [#lastTarget] that are the
    /// beginning of a page of [#present]; 0 between such pages.
    private long nextPart;

    private byte[] page = new byte[0];
    private byte[] payload = new byte[0];

    /// Creates a loader for the bodies of one stream.
    ///
    /// @param pageSize the size of the target's pages in bytes; a stream that states another one is
    ///   a [CorruptException]
    public GuestMemoryLoader(GuestMemory memory, int pageSize) {
        this.memory = memory;
        context.targetPageSize(pageSize);
    }

    /// Receives pages from multifd channels, too, until the END section. To be called before the
    /// first body; only for [#load].
    public GuestMemoryLoader multifd(MultifdReceiver receiver) {
        channels = Objects.requireNonNull(receiver);
        return this;
    }

    /// Enters the pages that arrive. To be called before the first body; only for [#load].
    public GuestMemoryLoader present(PresentPages pages) {
        present = Objects.requireNonNull(pages);
        return this;
    }

    /// Loads the following bodies while the machine runs: only pages that are missing are accepted,
    /// each once. QEMU: `ram_load_postcopy`.
    ///
    /// @throws IllegalStateException unless [#present] was called
    public void beginPostcopy() {
        if (present == null) {
            throw new IllegalStateException("postcopy without a record of the pages");
        }
        postcopy = true;
    }

    /// Forgets the block of the last record, because a new connection follows, and a page of which
    /// only a part has arrived.
    public void reconnect() {
        context.forgetLastBlock();
        lastBlock = null;
        lastTarget = null;
        nextPart = 0;
    }

    private void startChannels() {
        if (channels == null) {
            return;
        }
        Map<String, BlockMemory> blocks = new HashMap<>();
        for (BlockMemory target : targets.values()) {
            if (target.segment() != null && !target.isShared()) {
                throw new IllegalStateException(
                        "block " + target.block() + " can only be accessed by one thread");
            }
            blocks.put(target.block().name(), target);
        }
        channels.start(blocks, context.pageSize().orElseThrow());
    }

    /// Checks the body at the position of the reader and skips it. Nothing is written.
    ///
    /// @param identity the identity of the section
    /// @param stream what the stream said before the section
    public void verify(WireReader in, SectionIdentity identity, StreamContext stream)
            throws IOException {
        context.begin(identity, stream, in.position());
        RamRecordReader records = new RamRecordReader(in, context);
        while (records.next()) {
            switch (records.kind()) {
                case BLOCK_LIST -> {
                    blockList(records.recordOffset());
                    if (!context.mappedBlocks().isEmpty()) {
                        BitmapOrder.find(in, context.mappedBlocks());
                    }
                }
                case HOOK -> throw hook(records);
                case MULTIFD_FLUSH -> flush(records);
                case PAGE -> records.skipRun();
                case ZERO_PAGE, XBZRLE_PAGE, COMPRESSED_PAGE, END_OF_SECTION -> {}
            }
        }
    }

    /// Loads the body at the position of the reader. If it is refused, the records before the wrong
    /// one have been written.
    ///
    /// @param identity the identity of the section
    /// @param stream what the stream said before the section
    public void load(WireReader in, SectionIdentity identity, StreamContext stream)
            throws IOException {
        try {
            records(in, identity, stream);
        } catch (IOException e) {
            throw channels == null ? e : channels.reason(e);
        }
    }

    private void records(WireReader in, SectionIdentity identity, StreamContext stream)
            throws IOException {
        context.begin(identity, stream, in.position());
        RamRecordReader records = new RamRecordReader(in, context);
        try (PageInflater inflater = new PageInflater()) {
            while (records.next()) {
                if (postcopy) {
                    postcopyRecord(records);
                    continue;
                }
                switch (records.kind()) {
                    case BLOCK_LIST -> {
                        blockList(records.recordOffset());
                        mappedPages(in);
                        startChannels();
                    }
                    case PAGE -> page(records);
                    case ZERO_PAGE -> zeroPage(records);
                    case XBZRLE_PAGE -> xbzrlePage(records);
                    case COMPRESSED_PAGE -> compressedPage(records, inflater);
                    case HOOK -> throw hook(records);
                    case MULTIFD_FLUSH -> {
                        if (channels == null) {
                            flush(records);
                        } else {
                            flushRecords = true;
                            channels.sync(records.recordOffset());
                        }
                    }
                    case END_OF_SECTION -> {
                        if (channels != null && !flushRecords) {
                            channels.sync(records.recordOffset());
                        }
                    }
                }
            }
        }
    }

    /// Loads a page that is missing.
    private void postcopyRecord(RamRecordReader records) throws IOException {
        switch (records.kind()) {
            case PAGE, ZERO_PAGE -> {}
            case END_OF_SECTION -> {
                if (nextPart != 0) {
                    throw new CorruptException(
                            "a page of which only a part was sent", records.recordOffset());
                }
                return;
            }
            default ->
                    throw new CorruptException(
                            "a record that is not possible in postcopy: " + records.kind(),
                            records.recordOffset());
        }
        int size = context.targetPageSize();
        int whole = Objects.requireNonNull(present).unit();
        long offset = records.offset();
        RamBlock before = lastBlock;
        BlockMemory target = target(records);
        PresentPages.Pages pages = Objects.requireNonNull(target.present());
        boolean continues = nextPart != 0 && offset == nextPart && records.block().equals(before);
        if (!continues && (nextPart != 0 || offset % whole != 0)) {
            throw new CorruptException(
                    "a part of a page that is not in order: 0x" + Long.toHexString(offset),
                    records.recordOffset());
        }
        if (pages.isPresent(offset)) {
            throw new CorruptException(
                    "a second time a page of block %s: 0x%x"
                            .formatted(Printable.quoted(target.block().name()), offset),
                    records.recordOffset());
        }
        if (records.kind() == RamRecordKind.PAGE) {
            onePage(records, target);
        } else {
            zeroPage(records, target);
        }
        long end = offset + size;
        if (end % whole == 0 || end == target.block().length()) {
            nextPart = 0;
            target.arrive(end - 1, 1);
        } else {
            nextPart = end;
        }
    }

    private static UnsupportedException hook(RamRecordReader records) {
        return new UnsupportedException(
                "memory outside of the stream (RAM hook)", records.recordOffset());
    }

    private void flush(RamRecordReader records) throws UnsupportedException {
        if (!context.mappedRam()) {
            throw new UnsupportedException(
                    "memory on further channels (multifd): their number has to be set",
                    records.recordOffset());
        }
    }

    /// Finds the machine's block for each block of the stream.
    private void blockList(long offset) throws RefusedException {
        for (RamBlock block : context.blocks()) {
            RamBlock own =
                    memory.find(block.name()).orElseThrow(() -> unknown(block.name(), offset));
            if (own.length() != block.length()) {
                throw new RefusedException(
                        "Size mismatch: %s: 0x%x != 0x%x"
                                .formatted(
                                        Printable.text(block.name()), block.length(), own.length()),
                        offset);
            }
            BlockMemory target = BlockMemory.of(memory, own);
            if (target.segment() != null && target.segment().isReadOnly()) {
                throw new RefusedException(
                        "the block " + Printable.quoted(own.name()) + " is read-only", offset);
            }
            targets.put(block, present == null ? target : target.with(present));
        }
    }

    private RefusedException unknown(String name, long offset) {
        return new RefusedException(
                "Unknown ramblock "
                        + Printable.quoted(name)
                        + ", cannot accept migration; there are "
                        + memory.blocks().stream()
                                .map(block -> Printable.quoted(block.name()))
                                .collect(Collectors.joining(", ")),
                offset);
    }

    private void page(RamRecordReader records) throws IOException {
        BlockMemory target = target(records);
        if (records.hasRun()) {
            pages(target, records.offset(), records.run());
        } else {
            onePage(records, target);
            target.arrive(records.offset(), records.payloadLength());
        }
    }

    private void onePage(RamRecordReader records, BlockMemory target) throws IOException {
        int size = records.payloadLength();
        if (target.segment() != null) {
            target.mark(records.offset(), size);
            records.payload(target.segment().asSlice(records.offset(), size));
            return;
        }
        page = atLeast(page, size);
        records.payload(page, 0);
        target.write(records.offset(), page, 0, size);
    }

    private void pages(BlockMemory target, long offset, PageRun run) throws IOException {
        if (target.segment() != null) {
            MemorySegment pages = target.segment().asSlice(offset, run.length());
            target.mark(offset, run.length());
            copying(() -> run.copyTo(pages));
        } else {
            for (int i = 0; i < run.pages(); i++) {
                write(run.page(i), target, offset + (long) i * run.pageSize());
            }
        }
        target.arrive(offset, run.length());
    }

    private void zeroPage(RamRecordReader records) throws IOException {
        BlockMemory target = target(records);
        zeroPage(records, target);
        target.arrive(records.offset(), context.targetPageSize());
    }

    private void zeroPage(RamRecordReader records, BlockMemory target) throws IOException {
        int size = context.targetPageSize();
        if (records.fill() == 0) {
            target.zero(records.offset(), size);
        } else {
            page = atLeast(page, size);
            Arrays.fill(page, 0, size, (byte) records.fill());
            target.write(records.offset(), page, 0, size);
        }
    }

    private void xbzrlePage(RamRecordReader records) throws IOException {
        BlockMemory target = target(records);
        int size = context.targetPageSize();
        page = atLeast(page, size);
        payload = atLeast(payload, records.payloadLength());
        records.payload(payload, 0);
        target.read(records.offset(), page, 0, size);
        Xbzrle.decode(payload, 0, records.payloadLength(), page, 0, size, records.recordOffset());
        target.write(records.offset(), page, 0, size);
        target.arrive(records.offset(), size);
    }

    private void compressedPage(RamRecordReader records, PageInflater inflater) throws IOException {
        BlockMemory target = target(records);
        int size = context.targetPageSize();
        page = atLeast(page, size);
        payload = atLeast(payload, records.payloadLength());
        records.payload(payload, 0);
        inflater.decode(payload, 0, records.payloadLength(), page, 0, size, records.recordOffset());
        target.write(records.offset(), page, 0, size);
        target.arrive(records.offset(), size);
    }

    private void mappedPages(WireReader in) throws IOException {
        Map<RamBlock, MappedRam> inFile = context.mappedBlocks();
        if (inFile.isEmpty()) {
            return;
        }
        if (!in.seekable()) {
            throw new UnsupportedException(
                    "memory at fixed offsets of a file (mapped-ram) in a pipe", in.position());
        }
        ByteOrder order = BitmapOrder.find(in, inFile);
        for (Map.Entry<RamBlock, MappedRam> block : inFile.entrySet()) {
            mappedPages(in, block.getKey(), block.getValue(), order);
        }
    }

    /// Copies the pages whose bit is set, and zeroes the others.
    private void mappedPages(WireReader in, RamBlock block, MappedRam mapped, ByteOrder order)
            throws IOException {
        BlockMemory target = Objects.requireNonNull(targets.get(block));
        RamBlock own = target.block();
        PageBitmap bitmap = mapped.bitmap(in, block.length(), order);
        long pages = mapped.pages(block.length());
        long page = 0;
        while (page < pages) {
            long set = bitmap.nextSet(page);
            memory.zero(own, page * mapped.pageSize(), (set - page) * mapped.pageSize());
            long clear = bitmap.nextClear(set);
            long end = clear * mapped.pageSize();
            for (long at = set * mapped.pageSize(); at < end; ) {
                int count = (int) Math.min(CHUNK_BYTES, end - at);
                copy(in.view(mapped.pagesOffset() + at, count), target, at);
                at += count;
            }
            page = clear;
        }
    }

    private void copy(MemorySegment source, BlockMemory target, long offset) throws IOException {
        int count = (int) source.byteSize();
        if (target.segment() == null) {
            write(source, target, offset);
            return;
        }
        MemorySegment pages = target.segment().asSlice(offset, count);
        target.mark(offset, count);
        copying(
                () ->
                        Parallel.run(
                                count,
                                1,
                                source,
                                pages,
                                (from, to) ->
                                        MemorySegment.copy(source, from, pages, from, to - from)));
    }

    /// Writes bytes of the source to memory that has no segment.
    private void write(MemorySegment source, BlockMemory target, long offset) throws IOException {
        int count = (int) source.byteSize();
        page = atLeast(page, count);
        byte[] bytes = page;
        copying(() -> MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, bytes, 0, count));
        target.write(offset, bytes, 0, count);
    }

    /// Copies from the source, which may be a mapped file that has become shorter.
    private static void copying(Runnable copy) throws IOException {
        try {
            copy.run();
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // fast path: most records are of the same block
    private BlockMemory target(RamRecordReader records) {
        RamBlock block = records.block();
        BlockMemory target = lastTarget;
        if (block != lastBlock || target == null) {
            target = Objects.requireNonNull(targets.get(block));
            lastBlock = block;
            lastTarget = target;
        }
        return target;
    }

    private static byte[] atLeast(byte[] bytes, int length) {
        return bytes.length >= length ? bytes : new byte[length];
    }
}
