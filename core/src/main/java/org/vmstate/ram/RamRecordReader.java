// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// A cursor over the records of one RAM section body.
///
/// START, PART and END bodies are alike: records until the one that says end of section. [#next()]
/// goes to the next record, after which the getters describe it and [#payload] gives the bytes of
/// its page; what is not asked for is passed over. Nothing is allocated per page, and of a body of
/// any size only the reader's window is in memory.
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
/// **The page size.** Where the context does not know it, the first page in full is tried with each
/// size there is until a chain of valid records follows.
///
/// **mapped-ram.** The bitmap and the pages lie inside the block list; they are passed over.
/// [RamLoader] reads them.
///
/// A block never declared, an offset outside its block, flags that do not exist, a length no page
/// can have, a block list that does not add up: [CorruptException], with the block in the path.
///
/// Not safe for use by several threads.
///
/// Corresponds to QEMU's `ram_load`.
public final class RamRecordReader {
    private static final int MAX_BLOCKS = 1 << 16;
    private static final int XBZRLE_ENCODING = 1;

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

    /// A cursor before the first record of the body at which `in` stands.
    public RamRecordReader(WireReader in, RamContext context) {
        this.in = in;
        this.context = context;
    }

    /// Walks one body to its end without looking at any page.
    public static void skipBody(WireReader in, RamContext context) throws IOException {
        RamRecordReader records = new RamRecordReader(in, context);
        while (records.next()) {
            // each record is checked and passed over
        }
    }

    /// Goes to the next record; false behind the end of the section.
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

    /// Which record the cursor stands at.
    public RamRecordKind kind() {
        return kind;
    }

    /// The absolute offset of the record.
    public long recordOffset() {
        return recordOffset;
    }

    /// The block of a page.
    public RamBlock block() {
        if (block == null) {
            throw new IllegalStateException("a record of no block");
        }
        return block;
    }

    /// The offset of a page in its block.
    public long offset() {
        return offset;
    }

    /// The byte that a zero page consists of.
    public int fill() {
        return fill;
    }

    /// The number of bytes the record has for its page; 0 for other records than `PAGE`,
    /// `XBZRLE_PAGE` and `COMPRESSED_PAGE`.
    public int payloadLength() {
        return payloadLength;
    }

    /// Copies the record's bytes, all [#payloadLength()] of them, into `target`; works once per
    /// record.
    public void payload(byte[] target, int at) throws IOException {
        if (payloadLeft != payloadLength) {
            throw new IllegalStateException("the bytes of this record were read before");
        }
        in.bytes(target, at, payloadLength);
        payloadLeft = 0;
    }

    /// Copies the record's bytes into memory of that size; works once per record.
    void payload(MemorySegment target) throws IOException {
        if (payloadLeft != target.byteSize()) {
            throw new IllegalStateException("the bytes of this record were read before");
        }
        in.bytes(target);
        payloadLeft = 0;
    }

    /// The record as a value.
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

    /// Flags of 256 and above, which exist where pages are larger than that.
    private void beyondLowFlags(long header, int flags) throws IOException {
        long high = header & (RamFlags.COMPRESS_PAGE | RamFlags.MULTIFD_FLUSH);
        if (high == RamFlags.COMPRESS_PAGE && context.targetPageSize() != PageSize.MIN_BYTES) {
            locate(header & ~(RamFlags.LOW | RamFlags.COMPRESS_PAGE), flags);
            kind = RamRecordKind.COMPRESSED_PAGE;
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

    /// A record without a block or an address.
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

    /// Finds the block of a page record and checks that the page lies in it.
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

    /// The most that zlib makes of a page.
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

    /// Whether a page size is next, which is there only if it differs from the host's, and the
    /// host's is not in the stream.
    ///
    /// The alternatives are a guest address, then as below; the next block's name, which is not
    /// empty; or a record, whose flags are not 0.
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
