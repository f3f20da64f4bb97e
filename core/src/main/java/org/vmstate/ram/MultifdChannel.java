// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// One captured channel of a multifd migration: a [MultifdHello], then [MultifdPacket]s.
///
/// Corresponds to QEMU's `multifd_recv_thread`.
final class MultifdChannel implements AutoCloseable {
    private final WireReader in;
    private final String label;
    private final int id;
    private final long bytes;
    private @Nullable PacketDecoder decoder;
    private byte[] payload = new byte[0];
    private @Nullable PageSize knownPageSize;

    /// Reads the channel's hello.
    ///
    /// @param label the name of the channel in error messages
    MultifdChannel(WireReader in, String label) throws IOException {
        this.in = in;
        this.label = label;
        try {
            bytes = in.remaining().orElse(0);
            id = MultifdHello.read(in).channel();
        } catch (VMStateException e) {
            throw e.within(label);
        }
    }

    /// The channel's number, by which channels are sorted.
    int id() {
        return id;
    }

    /// The size of the channel in bytes.
    long bytes() {
        return bytes;
    }

    /// The name of the channel in error messages.
    String label() {
        return label;
    }

    /// Reads and decodes the next packet.
    ///
    /// @param pageSize the target's page size, or null if it is unknown
    /// @param buffer for the pages; a new array is allocated if they do not fit
    DecodedPacket next(@Nullable PageSize pageSize, byte[] buffer) {
        long at = in.position();
        MultifdPacket packet = null;
        try {
            if (in.atEnd()) {
                return DecodedPacket.end(at);
            }
            packet = MultifdPacket.read(in, pageSize == null ? knownPageSize : pageSize);
            if (packet.deviceState()) {
                in.skip(packet.payloadLength());
            }
            return decoded(packet, at, buffer);
        } catch (TruncatedException e) {
            // A truncated channel ends after its last whole packet; MultifdAudit reports the
            // missing ones.
            return DecodedPacket.end(at);
        } catch (IOException e) {
            return DecodedPacket.failed(packet, at, e);
        }
    }

    /// Reads the next packet without decoding its pages.
    ///
    /// @param pageSize the target's page size
    DecodedPacket skip(PageSize pageSize) {
        long at = in.position();
        MultifdPacket packet = null;
        try {
            if (in.atEnd()) {
                return DecodedPacket.end(at);
            }
            packet = MultifdPacket.read(in, pageSize);
            in.skip(packet.payloadLength());
            return new DecodedPacket(packet, at, new byte[0], RamStatistics.Encoding.MULTIFD, null);
        } catch (IOException e) {
            return DecodedPacket.failed(packet, at, e);
        }
    }

    @Override
    public void close() throws IOException {
        if (decoder != null) {
            decoder.close();
            decoder = null;
        }
        in.close();
    }

    private DecodedPacket decoded(MultifdPacket packet, long packetAt, byte[] buffer)
            throws IOException {
        if (packet.normal() == 0) {
            return new DecodedPacket(
                    packet, packetAt, buffer, RamStatistics.Encoding.MULTIFD, null);
        }
        knownPageSize = new PageSize(packet.pageSize(), PageSize.Source.MULTIFD_PACKET);
        int bytes = packet.normal() * packet.pageSize();
        byte[] pages = buffer.length >= bytes ? buffer : new byte[bytes];
        long at = in.position();
        if (packet.method() == MultifdPacket.METHOD_NONE) {
            if (packet.payloadLength() != bytes) {
                throw new CorruptException(
                        packet.normal() + " pages in " + packet.payloadLength() + " bytes", at);
            }
            in.bytes(pages, 0, bytes);
            return new DecodedPacket(packet, packetAt, pages, RamStatistics.Encoding.MULTIFD, null);
        }
        PacketDecoder by = PacketDecoder.of(packet.method(), decoder, at);
        decoder = by;
        if (payload.length < packet.payloadLength()) {
            payload = new byte[packet.payloadLength()];
        }
        in.bytes(payload, 0, packet.payloadLength());
        by.decode(payload, packet.payloadLength(), pages, bytes, at);
        return new DecodedPacket(packet, packetAt, pages, by.encoding(), null);
    }
}
