// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// A cursor over the records of one RAM section body.
///
/// START, PART and END bodies have the same format: records up to and including an end mark.
/// [#next()] moves to the next record; after that the getters describe it, and [#payload] copies
/// the content of its page. A payload that is not requested is skipped. Reading a page allocates
/// nothing, and only the reader's window is in memory.
///
/// ```
/// body    := record*   the last one END_OF_SECTION
/// record  := u64 (address | flags)  rest
/// ZERO 0x02           [str8 block] u8 fill
/// MEM_SIZE 0x04       the address is the total; (str8 name, u64 length, [u64 page size], [u64 guest address], [mapped-ram])* until the total is used up
/// PAGE 0x08           [str8 block] one page
/// EOS 0x10
/// CONTINUE 0x20       with the others: the block of the record before, no str8
/// XBZRLE 0x40         [str8 block] u8 1, u16 n, n bytes
/// HOOK 0x80           nothing; pages are outside of the stream
/// COMPRESS_PAGE 0x100 [str8 block] u32 n, n bytes
/// MULTIFD_FLUSH 0x200
/// ```
///
/// **Page size.** If the context does not know the page size, all sizes are tried at the first full
/// page until valid records follow it.
///
/// **mapped-ram.** The bitmap and the pages are inside the block list and are skipped. [RamLoader]
/// reads them.
///
/// An undeclared block, an offset outside its block, undefined flags, an impossible length, or a
/// block list that does not add up is a [CorruptException] with the block in its path.
///
/// Not safe for use by several threads.
///
/// Corresponds to QEMU's `ram_load`.
public final class RamRecordReader {
    private static final int MAX_BLOCKS = 1 << 16;
    private static final int XBZRLE_ENCODING = 1;
    private static final ValueLayout.OfLong HEADER =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /// The maximum size of a run of pages. Between two runs, an interrupt is noticed and the
    /// progress reported.
    static final long MAX_RUN_BYTES = 1 << 23;

    private final WireReader in;
    private final RamContext context;

    private RamRecordKind kind = RamRecordKind.MULTIFD_FLUSH;
    private long recordOffset;
    private @Nullable RamBlock block;
    private long offset;
    private int fill;
    private int payloadLength;
    private int payloadLeft;
    private long totalBytes;
    private boolean finished;

    /// Creates a cursor before the first record of the body at the position of `in`.
    public RamRecordReader(WireReader in, RamContext context) {
        this.in = in;
        this.context = context;
    }

    /// Checks and skips one body.
    public static void skipBody(WireReader in, RamContext context) throws IOException {
        visitBody(in, context, RamRecordVisitor.NONE);
    }

    /// Checks one body, passes its records to a visitor, and skips the contents of pages that the
    /// visitor does not request.
    public static void visitBody(WireReader in, RamContext context, RamRecordVisitor visitor)
            throws IOException {
        RamRecordReader records = new RamRecordReader(in, context);
        while (records.next()) {
            visitor.record(records);
        }
    }

    /// Moves to the next record; returns false at the end of the section.
    public boolean next() throws IOException {
        if (finished) {
            return false;
        }
        if (payloadLeft > 0) {
            in.skip(payloadLeft);
            payloadLeft = 0;
        }
        recordOffset = in.position();
        long header = in.u64();
        int flags = (int) header & RamFlags.LOW;
        switch (flags & ~RamFlags.CONTINUE) {
            case RamFlags.PAGE -> page(header, flags);
            case RamFlags.ZERO -> zeroPage(header, flags);
            case RamFlags.XBZRLE -> xbzrlePage(header, flags);
            case RamFlags.EOS -> end(header);
            case RamFlags.MEM_SIZE -> blockList(header);
            case RamFlags.HOOK -> mark(header, RamFlags.HOOK, RamRecordKind.HOOK);
            case 0 -> beyondLowFlags(header, flags);
            default -> throw unknownFlags(header);
        }
        return true;
    }

    /// The kind of the current record.
    public RamRecordKind kind() {
        return kind;
    }

    /// The absolute offset of the current record.
    public long recordOffset() {
        return recordOffset;
    }

    /// The block of the current page.
    public RamBlock block() {
        if (block == null) {
            throw new IllegalStateException("a record of no block");
        }
        return block;
    }

    /// The offset of the current page in its block.
    public long offset() {
        return offset;
    }

    /// The fill byte of the current zero page.
    public int fill() {
        return fill;
    }

    /// The size in bytes of the current record's payload; 0 for records other than `PAGE`,
    /// `XBZRLE_PAGE` and `COMPRESS_PAGE`.
    public int payloadLength() {
        return payloadLength;
    }

    /// The absolute offset of the current record's payload; to be called before the payload is
    /// requested.
    public long payloadOffset() {
        return in.position();
    }

    /// Copies the payload, all [#payloadLength()] bytes of it, into `target`. Can be called once
    /// per record.
    public void payload(byte[] target, int at) throws IOException {
        if (payloadLeft != payloadLength) {
            throw new IllegalStateException("the bytes of this record were read before");
        }
        in.bytes(target, at, payloadLength);
        payloadLeft = 0;
    }

    /// Copies the payload into memory of the same size. Can be called once per record.
    void payload(MemorySegment target) throws IOException {
        if (payloadLeft != target.byteSize()) {
            throw new IllegalStateException("the bytes of this record were read before");
        }
        in.bytes(target);
        payloadLeft = 0;
    }

    /// Whether [#run()] can be called: the record is a page, and the source is in memory.
    boolean hasRun() {
        return kind == RamRecordKind.PAGE && payloadLeft == payloadLength && in.mapped();
    }

    /// Skips the current page and those that follow it, if that is quicker than one by one: the
    /// pages of the records after it as long as these contain the next page of the same block. Can
    /// be called once per record, instead of [#payload(byte[], int)]. The current record does not
    /// change, and the next one is that after the skipped ones.
    ///
    /// @return the number of pages, including the current one; 1 for a record that is not a page
    public int skipRun() throws IOException {
        return hasRun() ? run().pages() : 1;
    }

    /// Returns the current page, and the pages of the records after it as long as these contain the
    /// next page of the same block, up to [#MAX_RUN_BYTES]. Moves to the last one of these records;
    /// the current record does not change. Can be called once per record, instead of [#payload].
    PageRun run() throws IOException {
        int size = payloadLength;
        int stride = size + PageRun.HEADER_BYTES;
        long at = in.position();
        long left = in.remaining().orElseThrow();
        in.require(size);
        MemorySegment bytes = in.view(at, Math.min(left, MAX_RUN_BYTES));
        long mostPages =
                Math.min(
                        (block().length() - offset) / size,
                        (bytes.byteSize() + PageRun.HEADER_BYTES) / stride);
        long header = offset | RamFlags.PAGE | RamFlags.CONTINUE;
        long pages = 1;
        try {
            while (pages < mostPages
                    && bytes.get(HEADER, pages * stride - PageRun.HEADER_BYTES)
                            == header + pages * size) {
                pages++;
            }
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
        long length = pages * stride - PageRun.HEADER_BYTES;
        context.sawPages(offset + size, pages - 1, size);
        in.skip(length);
        payloadLeft = 0;
        return new PageRun(bytes.asSlice(0, length), size);
    }

    /// The current record as an object.
    public RamRecord record() {
        return switch (kind) {
            case BLOCK_LIST -> new RamRecord.BlockList(List.copyOf(context.blocks()), totalBytes);
            case ZERO_PAGE -> new RamRecord.ZeroPage(block(), offset, fill);
            case PAGE -> new RamRecord.Page(block(), offset);
            case XBZRLE_PAGE -> new RamRecord.XbzrlePage(block(), offset, payloadLength);
            case COMPRESSED_PAGE -> new RamRecord.CompressedPage(block(), offset, payloadLength);
            case MULTIFD_FLUSH -> new RamRecord.MultifdFlush();
            case HOOK -> new RamRecord.Hook();
            case END_OF_SECTION -> new RamRecord.EndOfSection();
        };
    }

    private void page(long header, int flags) throws IOException {
        locate(header & ~RamFlags.LOW, flags);
        kind = RamRecordKind.PAGE;
        if (context.targetPageSize() == 0) {
            context.learnPageSize(
                    PageSize.Source.RECORDS,
                    PageSizeProbe.find(in, context, block()),
                    recordOffset);
            checkOffset();
        }
        has(context.targetPageSize());
    }

    private void zeroPage(long header, int flags) throws IOException {
        locate(header & ~RamFlags.LOW, flags);
        kind = RamRecordKind.ZERO_PAGE;
        fill = in.u8();
        has(0);
    }

    private void xbzrlePage(long header, int flags) throws IOException {
        locate(header & ~RamFlags.LOW, flags);
        kind = RamRecordKind.XBZRLE_PAGE;
        int encoding = in.u8();
        if (encoding != XBZRLE_ENCODING) {
            throw corrupt("delta encoding " + encoding + " instead of XBZRLE (1)");
        }
        int length = in.u16();
        if (length > maxPageSize()) {
            throw corrupt("a delta of " + length + " bytes for a page of " + maxPageSize());
        }
        has(length);
    }

    /// Handles flags of 256 and above, which overlap addresses if pages are smaller.
    private void beyondLowFlags(long header, int flags) throws IOException {
        long high = header & (RamFlags.COMPRESS_PAGE | RamFlags.MULTIFD_FLUSH);
        if (high == RamFlags.COMPRESS_PAGE && context.targetPageSize() != PageSize.MIN_BYTES) {
            locate(header & ~(RamFlags.LOW | RamFlags.COMPRESS_PAGE), flags);
            kind = RamRecordKind.COMPRESSED_PAGE;
            context.sawCompressed();
            long length = in.u32();
            if (length == 0 || length > compressBound(maxPageSize())) {
                throw corrupt(
                        "a compressed page of " + length + " bytes for a page of " + maxPageSize());
            }
            has((int) length);
        } else {
            mark(header, RamFlags.MULTIFD_FLUSH, RamRecordKind.MULTIFD_FLUSH);
            context.sawFlushMark();
        }
    }

    /// Handles a record without a block or an address.
    private void mark(long header, int flag, RamRecordKind marks) throws CorruptException {
        if (header != flag) {
            throw unknownFlags(header);
        }
        kind = marks;
        block = null;
        has(0);
    }

    private void end(long header) throws CorruptException {
        mark(header, RamFlags.EOS, RamRecordKind.END_OF_SECTION);
        finished = true;
    }

    private void has(int payload) {
        payloadLength = payload;
        payloadLeft = payload;
    }

    /// Finds the block of a page record and checks that it contains the page.
    private void locate(long address, int flags) throws IOException {
        if ((flags & RamFlags.CONTINUE) != 0) {
            block = context.lastBlock();
            if (block == null) {
                throw new CorruptException(
                        "a page continues a block before any block was named", recordOffset);
            }
        } else {
            long at = in.position();
            String name = in.str8();
            RamBlock named = context.block(name);
            if (named == null) {
                throw new CorruptException(
                        "a page of a block never declared: " + Printable.quoted(name), at);
            }
            context.lastBlock(named);
            block = named;
        }
        offset = address;
        if (context.targetPageSize() == 0) {
            context.sawOffset(address);
        }
        checkOffset();
        context.sawPage(address);
    }

    private void checkOffset() throws CorruptException {
        int pageSize =
                context.targetPageSize() == 0 ? PageSize.MIN_BYTES : context.targetPageSize();
        long length = block().length();
        if (offset < 0 || offset > length - pageSize) {
            throw corrupt("a page outside the block's " + length + " bytes");
        }
        if ((offset & (pageSize - 1)) != 0) {
            throw corrupt(
                    "flags that do not exist, 0x"
                            + Long.toHexString(offset & (pageSize - 1))
                            + ", or a page off its boundary");
        }
    }

    private int maxPageSize() {
        return context.targetPageSize() == 0 ? PageSize.MAX_BYTES : context.targetPageSize();
    }

    /// The maximum size of a page compressed with zlib.
    private static int compressBound(int size) {
        return size + (size >> 12) + (size >> 14) + 13;
    }

    private void blockList(long header) throws IOException {
        long total = header & ~(long) RamFlags.MEM_SIZE;
        if (total < 0 || (total & RamFlags.LOW) != 0) {
            throw unknownFlags(header);
        }
        if (!context.blocks().isEmpty()) {
            throw new CorruptException("a second block list", recordOffset);
        }
        List<RamBlock> blocks = new ArrayList<>();
        Set<String> names = new HashSet<>();
        long left = total;
        while (left > 0) {
            long at = in.position();
            RamBlock next = declaration(left);
            if (!names.add(next.name())) {
                throw new CorruptException(
                        "two blocks of one name: " + Printable.quoted(next.name()), at);
            }
            if (blocks.size() == MAX_BLOCKS) {
                throw new CorruptException("more than " + MAX_BLOCKS + " blocks", at);
            }
            blocks.add(next);
            left -= next.length();
        }
        blocks.forEach(context::declare);
        kind = RamRecordKind.BLOCK_LIST;
        block = null;
        totalBytes = total;
        has(0);
    }

    private RamBlock declaration(long left) throws IOException {
        long at = in.position();
        String name = in.str8();
        long length = in.u64();
        if (name.isEmpty()) {
            throw new CorruptException("a block without a name", at);
        }
        if (length < 0 || length > left) {
            throw new CorruptException(
                    "block "
                            + Printable.quoted(name)
                            + " of "
                            + Long.toUnsignedString(length)
                            + " bytes, but only "
                            + left
                            + " are left of the total",
                    at);
        }
        OptionalLong pageSize = OptionalLong.empty();
        if (context.postcopyAdvised() && pageSizeFollows(left == length)) {
            pageSize = OptionalLong.of(in.u64());
        }
        OptionalLong address =
                context.ignoreShared() ? OptionalLong.of(in.u64()) : OptionalLong.empty();
        MappedRam mapped = context.mappedRam() ? mapped(name, length) : null;
        return new RamBlock(name, length, pageSize, address, mapped);
    }

    private MappedRam mapped(String name, long length) throws IOException {
        try {
            return MappedRam.read(in, context, length);
        } catch (VMStateException e) {
            throw e.within("block " + Printable.quoted(name));
        }
    }

    /// Whether a host page size follows. It is present only if it differs from the default, and the
    /// default is not in the stream.
    ///
    /// Otherwise a guest address follows; the name of the next block, which is not empty; or a
    /// record, whose flags are not 0.
    private boolean pageSizeFollows(boolean lastBlock) throws IOException {
        int ahead = context.ignoreShared() ? 8 : 0;
        if (lastBlock) {
            return (in.peek(ahead + 7) & 0xfe) == 0 && (in.peek(ahead + 6) & 0x03) == 0;
        }
        return in.peek(ahead) == 0;
    }

    private CorruptException unknownFlags(long header) {
        return new CorruptException(
                "a RAM record with flags that do not exist: 0x" + Long.toHexString(header),
                recordOffset);
    }

    private CorruptException corrupt(String detail) {
        CorruptException e = new CorruptException(detail, recordOffset);
        e.within("page 0x" + Long.toHexString(offset));
        e.within("block " + Printable.quoted(block().name()));
        return e;
    }
}
