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
import java.util.Optional;
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
/// only loaded: each record is checked before it is written. Pages on further channels (multifd)
/// and memory outside of the stream are an [UnsupportedException]. Pages that are not in the stream
/// keep their contents.
///
/// Not thread-safe. QEMU: `ram_load_precopy`.
public final class GuestMemoryLoader {
    /// The size of the pieces in which mapped-ram pages are copied.
    private static final int CHUNK_BYTES = 1 << 23;

    private final GuestMemory memory;
    private final @Nullable DirtyPages dirty;
    private final RamContext context = new RamContext();
    private final Map<RamBlock, RamBlock> local = new HashMap<>();
    private byte[] page = new byte[0];
    private byte[] payload = new byte[0];

    /// Creates a loader for the bodies of one stream.
    ///
    /// @param pageSize the size of the target's pages in bytes; a stream that states another one is
    ///   a [CorruptException]
    public GuestMemoryLoader(GuestMemory memory, int pageSize) {
        this.memory = memory;
        this.dirty = memory.dirtyPages().orElse(null);
        context.targetPageSize(pageSize);
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
        context.begin(identity, stream, in.position());
        RamRecordReader records = new RamRecordReader(in, context);
        try (PageInflater inflater = new PageInflater()) {
            while (records.next()) {
                switch (records.kind()) {
                    case BLOCK_LIST -> {
                        blockList(records.recordOffset());
                        mappedPages(in);
                    }
                    case PAGE -> page(records);
                    case ZERO_PAGE -> zeroPage(records);
                    case XBZRLE_PAGE -> xbzrlePage(records);
                    case COMPRESSED_PAGE -> compressedPage(records, inflater);
                    case HOOK -> throw hook(records);
                    case MULTIFD_FLUSH -> flush(records);
                    case END_OF_SECTION -> {}
                }
            }
        }
    }

    private static UnsupportedException hook(RamRecordReader records) {
        return new UnsupportedException(
                "memory outside of the stream (RAM hook)", records.recordOffset());
    }

    private void flush(RamRecordReader records) throws UnsupportedException {
        if (!context.mappedRam()) {
            throw new UnsupportedException(
                    "memory on further channels (multifd)", records.recordOffset());
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
            if (memory.segment(own, 0, own.length())
                    .filter(MemorySegment::isReadOnly)
                    .isPresent()) {
                throw new RefusedException(
                        "the block " + Printable.quoted(own.name()) + " is read-only", offset);
            }
            local.put(block, own);
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
        RamBlock block = local(records);
        if (records.hasRun()) {
            pages(block, records.offset(), records.run());
            return;
        }
        int size = records.payloadLength();
        page = atLeast(page, size);
        records.payload(page, 0);
        memory.write(block, records.offset(), page, 0, size);
    }

    private void pages(RamBlock block, long offset, PageRun run) throws IOException {
        Optional<MemorySegment> segment = memory.segment(block, offset, run.length());
        if (segment.isPresent()) {
            mark(block, offset, run.length());
            copying(() -> run.copyTo(segment.get()));
            return;
        }
        for (int i = 0; i < run.pages(); i++) {
            write(run.page(i), block, offset + (long) i * run.pageSize());
        }
    }

    private void zeroPage(RamRecordReader records) throws IOException {
        RamBlock block = local(records);
        int size = context.targetPageSize();
        if (records.fill() == 0) {
            memory.zero(block, records.offset(), size);
        } else {
            page = atLeast(page, size);
            Arrays.fill(page, 0, size, (byte) records.fill());
            memory.write(block, records.offset(), page, 0, size);
        }
    }

    private void xbzrlePage(RamRecordReader records) throws IOException {
        RamBlock block = local(records);
        int size = context.targetPageSize();
        page = atLeast(page, size);
        payload = atLeast(payload, records.payloadLength());
        records.payload(payload, 0);
        memory.read(block, records.offset(), page, 0, size);
        Xbzrle.decode(payload, 0, records.payloadLength(), page, 0, size, records.recordOffset());
        memory.write(block, records.offset(), page, 0, size);
    }

    private void compressedPage(RamRecordReader records, PageInflater inflater) throws IOException {
        RamBlock block = local(records);
        int size = context.targetPageSize();
        page = atLeast(page, size);
        payload = atLeast(payload, records.payloadLength());
        records.payload(payload, 0);
        inflater.decode(payload, 0, records.payloadLength(), page, 0, size, records.recordOffset());
        memory.write(block, records.offset(), page, 0, size);
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
        RamBlock own = Objects.requireNonNull(local.get(block));
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
                copy(in.view(mapped.pagesOffset() + at, count), own, at);
                at += count;
            }
            page = clear;
        }
    }

    private void copy(MemorySegment source, RamBlock block, long offset) throws IOException {
        int count = (int) source.byteSize();
        Optional<MemorySegment> segment = memory.segment(block, offset, count);
        if (segment.isPresent()) {
            MemorySegment target = segment.get();
            mark(block, offset, count);
            copying(
                    () ->
                            Parallel.run(
                                    count,
                                    1,
                                    source,
                                    target,
                                    (from, to) ->
                                            MemorySegment.copy(
                                                    source, from, target, from, to - from)));
        } else {
            write(source, block, offset);
        }
    }

    /// Writes bytes of the source to memory that has no segment.
    private void write(MemorySegment source, RamBlock block, long offset) throws IOException {
        int count = (int) source.byteSize();
        page = atLeast(page, count);
        byte[] bytes = page;
        copying(() -> MemorySegment.copy(source, ValueLayout.JAVA_BYTE, 0, bytes, 0, count));
        memory.write(block, offset, bytes, 0, count);
    }

    /// Copies from the source, which may be a mapped file that has become shorter.
    private static void copying(Runnable copy) throws IOException {
        try {
            copy.run();
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    /// Marks pages before they are written, since a part of them remains if reading fails.
    private void mark(RamBlock block, long offset, long count) {
        if (dirty != null) {
            dirty.marks(block).mark(offset, count);
        }
    }

    private RamBlock local(RamRecordReader records) {
        return Objects.requireNonNull(local.get(records.block()));
    }

    private static byte[] atLeast(byte[] bytes, int length) {
        return bytes.length >= length ? bytes : new byte[length];
    }
}
