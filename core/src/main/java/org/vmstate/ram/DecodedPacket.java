// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// A packet of a multifd channel with its pages decoded, as far as it could be.
///
/// @param packet the header, or null if there is none: the channel ends, or `failure` says why
/// @param at where the packet begins in its channel
/// @param pages the contents of the normal pages, one behind the other
/// @param encoding how they came
/// @param failure what is wrong with the packet, or null
@SuppressWarnings("ArrayRecordComponent") // handed on, never compared
record DecodedPacket(
        @Nullable MultifdPacket packet,
        long at,
        byte[] pages,
        RamStatistics.Encoding encoding,
        @Nullable IOException failure) {
    static DecodedPacket end(long at) {
        return new DecodedPacket(null, at, new byte[0], RamStatistics.Encoding.MULTIFD, null);
    }

    static DecodedPacket failed(@Nullable MultifdPacket packet, long at, IOException failure) {
        return new DecodedPacket(packet, at, new byte[0], RamStatistics.Encoding.MULTIFD, failure);
    }

    /// Whether the channel has nothing here, neither a packet nor an error.
    boolean isEnd() {
        return packet == null && failure == null;
    }

    /// Whether nothing is read of the channel behind this: its end, something wrong or, unless it
    /// is read to its end, a sync.
    boolean isLast(boolean toTheEnd) {
        return packet == null || failure != null || (packet.sync() && !toTheEnd);
    }

    /// The place of the packet among those of all channels; what is no packet comes before all.
    long number() {
        return packet == null ? 0 : packet.number();
    }

    /// Puts the pages into an image.
    void apply(RamContext context, RamImage image, RamStatistics statistics) throws IOException {
        if (packet == null || packet.offsets().length == 0) {
            throwFailure();
            return;
        }
        RamBlock block = context.block(packet.block());
        if (block == null) {
            throw new CorruptException(
                    "a packet of a block never declared: " + Printable.quoted(packet.block()), at);
        }
        try {
            apply(packet, block, context, image);
        } catch (VMStateException e) {
            throw e.within("block " + Printable.quoted(block.name()));
        }
        statistics.count(block, encoding, packet.normal());
        statistics.count(
                block, RamStatistics.Encoding.ZERO, packet.offsets().length - packet.normal());
    }

    private void apply(MultifdPacket packet, RamBlock block, RamContext context, RamImage image)
            throws IOException {
        int pageSize = packet.pageSize();
        context.learnPageSize(PageSize.Source.MULTIFD_PACKET, pageSize, at);
        image.pageSize(pageSize);
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
        throwFailure();
        for (int i = 0; i < packet.normal(); i++) {
            image.write(block, packet.offsets()[i], pages, i * pageSize, pageSize);
        }
        for (int i = packet.normal(); i < packet.offsets().length; i++) {
            image.zero(block, packet.offsets()[i], pageSize);
        }
    }

    private void throwFailure() throws IOException {
        if (failure != null) {
            throw failure;
        }
    }
}
