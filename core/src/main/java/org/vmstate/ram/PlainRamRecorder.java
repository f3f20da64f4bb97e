// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Section;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireWriter;

/// Writes the pages of all channels of a multifd migration into one stream, in the order in which
/// they come.
///
/// A section of `ram` is begun with a page and ended before the next other element.
///
/// Safe for use by several threads. Closing it has no effect.
public final class PlainRamRecorder extends RamRecorder {
    private final byte[] page = new byte[PageSize.MAX_BYTES];
    private Section.@Nullable Start start;
    private boolean open;
    private @Nullable RamBlock lastBlock;

    /// Creates a recorder to `out`, which the caller flushes.
    public PlainRamRecorder(WireWriter out, RamContext context) {
        super(out, context);
    }

    @Override
    void start(Section.Start section) throws IOException {
        if (start != null) {
            throw new UnsupportedException(
                    "memory that starts a second time", section.body().offset());
        }
        start = section;
        stream.write(section.withBody(NOTHING));
        RamBlockList.write(out, context.blocks());
        footer(section.sectionId());
    }

    @Override
    void end(Section.End end) throws IOException {
        endSection();
        stream.write(end.withBody(NOTHING));
        out.u64(RamFlags.EOS);
        footer(end.sectionId());
    }

    @Override
    public synchronized void record(RamRecordReader records) throws IOException {
        switch (records.kind()) {
            case PAGE -> {
                int size = records.payloadLength();
                records.payload(page, 0);
                begin();
                page(records.block(), records.offset(), page, 0, size);
            }
            case ZERO_PAGE -> {
                begin();
                head(records.block(), records.offset(), RamFlags.ZERO);
                out.u8(records.fill());
            }
            case XBZRLE_PAGE, COMPRESSED_PAGE, HOOK ->
                    throw new UnsupportedException(
                            "a record of kind " + records.kind() + " beside multifd channels",
                            records.recordOffset());
            case BLOCK_LIST, MULTIFD_FLUSH, END_OF_SECTION -> {}
        }
    }

    @Override
    synchronized void packet(RamBlock block, MultifdPacket packet, byte[] pages)
            throws IOException {
        begin();
        int size = packet.pageSize();
        for (int i = 0; i < packet.offsets().length; i++) {
            if (i < packet.normal()) {
                page(block, packet.offsets()[i], pages, i * size, size);
            } else {
                head(block, packet.offsets()[i], RamFlags.ZERO);
                out.u8(0);
            }
        }
    }

    private void begin() throws IOException {
        if (open) {
            return;
        }
        Section.Start first = start;
        if (first == null) {
            throw new CorruptException(
                    "pages before the first section of ram has ended", out.position());
        }
        stream.write(new Section.Part(first.sectionId(), first.identity(), NOTHING));
        open = true;
    }

    @Override
    void endSection() throws IOException {
        if (open && start != null) {
            out.u64(RamFlags.EOS);
            footer(start.sectionId());
            open = false;
        }
    }

    private void page(RamBlock block, long offset, byte[] bytes, int at, int size)
            throws IOException {
        head(block, offset, RamFlags.PAGE);
        out.bytes(bytes, at, size);
    }

    @SuppressWarnings("ReferenceEquality") // one RamBlock per block of the context
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
