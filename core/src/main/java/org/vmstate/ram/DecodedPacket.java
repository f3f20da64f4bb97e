// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.Printable;
import org.vmstate.wire.VMStateException;

/// A packet of a multifd channel with its decoded pages, or the error that prevented this.
///
/// @param packet the header, or null at the end of the channel and if `failure` is an error in the
///   header
/// @param at the offset of the packet in its channel
/// @param pages the contents of the normal pages, concatenated
/// @param encoding how the normal pages are encoded in the packet
/// @param failure the error of reading or decoding the packet, or null
@SuppressWarnings("ArrayRecordComponent") // not compared
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

    /// Whether this is the end of the channel.
    boolean isEnd() {
        return packet == null && failure == null;
    }

    /// Whether reading of the channel stops here: at its end, at an error or, unless `toTheEnd`, at
    /// a sync packet.
    boolean isLast(boolean toTheEnd) {
        return packet == null || failure != null || (packet.sync() && !toTheEnd);
    }

    /// The packet number, which orders the packets of all channels; 0 if there is no header.
    long number() {
        return packet == null ? 0 : packet.number();
    }

    /// Writes the pages to an image.
    void apply(RamContext context, RamImage image, RamStatistics statistics) throws IOException {
        if (packet == null || packet.offsets().length == 0) {
            throwFailure();
            return;
        }
        RamBlock block = context.block(packet.block());
        if (block == null) {
            throw packet.unknownBlock(at);
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
        packet.check(block, at);
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
