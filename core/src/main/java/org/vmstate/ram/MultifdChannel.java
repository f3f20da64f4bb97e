// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import org.vmstate.wire.Printable;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// One channel of a multifd migration: a hello, then packets of pages.
///
/// ```
/// u32 magic 0x11223344   u32 version 1   16 bytes uuid   u8 channel id   7 + 32 bytes 0   packet*
/// ```
///
/// Corresponds to QEMU's `multifd_recv_thread`.
final class MultifdChannel implements AutoCloseable {
    private static final int UUID_BYTES = 16;
    private static final int RESERVED_BYTES = 7 + 32;

    private final WireReader in;
    private final String label;
    private final int id;
    private @Nullable PacketDecoder decoder;
    private int method = MultifdPacket.METHOD_NONE;
    private byte[] payload = new byte[0];
    private final byte[] page = new byte[RamContext.MAX_PAGE_SIZE];

    /// Takes the channel's hello.
    ///
    /// @param label what errors call the channel
    MultifdChannel(WireReader in, String label) throws IOException {
        this.in = in;
        this.label = label;
        try {
            long at = in.position();
            int magic = in.int32();
            int version = in.int32();
            if (magic != MultifdPacket.MAGIC || version != MultifdPacket.VERSION) {
                throw new CorruptException(
                        "no multifd channel: it begins with 0x" + Integer.toHexString(magic), at);
            }
            in.skip(UUID_BYTES);
            id = in.u8();
            in.skip(RESERVED_BYTES);
        } catch (VMStateException e) {
            throw e.within(label);
        }
    }

    /// The channel's number; channels may be given in any order.
    int id() {
        return id;
    }

    /// Loads packets up to and including the next one that says sync.
    void untilSync(RamContext context, RamImage image, RamStatistics statistics)
            throws IOException {
        while (true) {
            if (in.atEnd()) {
                throw new TruncatedException(
                                "the channel ends before it is in step with the main stream",
                                in.position())
                        .within(label);
            }
            if (packet(context, image, statistics)) {
                return;
            }
        }
    }

    /// Loads all packets that are left.
    void untilEnd(RamContext context, RamImage image, RamStatistics statistics) throws IOException {
        while (!in.atEnd()) {
            packet(context, image, statistics);
        }
    }

    @Override
    public void close() throws IOException {
        if (decoder != null) {
            decoder.close();
        }
        in.close();
    }

    /// Loads a packet; returns whether it says sync.
    private boolean packet(RamContext context, RamImage image, RamStatistics statistics)
            throws IOException {
        long at = in.position();
        try {
            MultifdPacket packet = MultifdPacket.read(in, context.targetPageSize());
            if ((packet.flags() & MultifdPacket.DEVICE_STATE) != 0) {
                in.skip(packet.payloadLength());
            } else if (packet.offsets().length > 0) {
                load(packet, at, context, image, statistics);
            }
            return packet.sync();
        } catch (VMStateException e) {
            throw e.within(label);
        }
    }

    private void load(
            MultifdPacket packet,
            long at,
            RamContext context,
            RamImage image,
            RamStatistics statistics)
            throws IOException {
        RamBlock block = context.block(packet.block());
        if (block == null) {
            throw new CorruptException(
                    "a packet of a block never declared: " + Printable.quoted(packet.block()), at);
        }
        try {
            int pageSize = packet.pageSize();
            context.targetPageSize(pageSize);
            for (long offset : packet.offsets()) {
                if (offset < 0
                        || offset > block.length() - pageSize
                        || (offset & (pageSize - 1)) != 0) {
                    throw new CorruptException(
                            "a page at 0x"
                                    + Long.toHexString(offset)
                                    + " of a block of "
                                    + block.length()
                                    + " bytes",
                            at);
                }
            }
            normalPages(packet, pageSize, block, image, statistics);
            for (int i = packet.normal(); i < packet.offsets().length; i++) {
                image.zero(block, packet.offsets()[i], pageSize);
            }
            statistics.count(
                    block, RamStatistics.Encoding.ZERO, packet.offsets().length - packet.normal());
        } catch (VMStateException e) {
            throw e.within("block " + Printable.quoted(block.name()));
        }
    }

    private void normalPages(
            MultifdPacket packet,
            int pageSize,
            RamBlock block,
            RamImage image,
            RamStatistics statistics)
            throws IOException {
        if (packet.normal() == 0) {
            return;
        }
        long at = in.position();
        if (packet.method() == MultifdPacket.METHOD_NONE) {
            if (packet.payloadLength() != packet.normal() * pageSize) {
                throw new CorruptException(
                        packet.normal() + " pages in " + packet.payloadLength() + " bytes", at);
            }
            for (int i = 0; i < packet.normal(); i++) {
                int index = image.content(block).room(packet.offsets()[i], pageSize);
                in.bytes(image.gathered(), index, pageSize);
            }
            statistics.count(block, RamStatistics.Encoding.MULTIFD, packet.normal());
            return;
        }
        PacketDecoder pages = decoder(packet.method(), at);
        if (payload.length < packet.payloadLength()) {
            payload = new byte[packet.payloadLength()];
        }
        in.bytes(payload, 0, packet.payloadLength());
        pages.begin(payload, packet.payloadLength(), at);
        for (int i = 0; i < packet.normal(); i++) {
            pages.decode(page, pageSize);
            image.write(block, packet.offsets()[i], page, 0, pageSize);
        }
        pages.end();
        statistics.count(block, pages.encoding(), packet.normal());
    }

    private PacketDecoder decoder(int wanted, long at) throws VMStateException {
        if (decoder == null) {
            method = wanted;
            decoder =
                    switch (wanted) {
                        case MultifdPacket.METHOD_ZLIB -> new PacketDecoder.Zlib();
                        case MultifdPacket.METHOD_ZSTD -> PacketDecoder.zstd(at);
                        default ->
                                throw new UnsupportedException(
                                        "multifd compression method " + (wanted >> 1), at);
                    };
        }
        if (method != wanted) {
            throw new CorruptException("two compression methods in one channel", at);
        }
        return decoder;
    }
}
