// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads the packets of one live multifd channel into guest memory.
///
/// Nothing is read ahead: a packet is read up to the end of its header, which says where its pages
/// go, and pages in native memory are read to their place. Used by the channel's thread.
final class MultifdInput implements AutoCloseable {
    /// The offset after the flags of a packet, which show whether its header has the usual size.
    private static final int FLAGS_END = 12;

    private final ReadableByteChannel channel;
    private final Map<String, BlockMemory> blocks;
    private final PageSize pageSize;
    private final byte[] header;
    private final ByteBuffer headerBuffer;
    private final PageBuffers buffers;
    private final ByteBuffer[] places;
    private @Nullable PacketDecoder decoder;
    private byte[] payload = new byte[0];
    private byte[] pages = new byte[0];
    private long position;
    private boolean atSync;

    MultifdInput(ReadableByteChannel channel, Map<String, BlockMemory> blocks, PageSize pageSize) {
        this.channel = channel;
        this.blocks = blocks;
        this.pageSize = pageSize;
        int room = MultifdPacket.PACKET_BYTES / pageSize.bytes();
        this.header = new byte[MultifdPacket.headerBytes(pageSize.bytes())];
        this.headerBuffer = ByteBuffer.allocateDirect(header.length);
        this.buffers = new PageBuffers(room);
        this.places = new ByteBuffer[room];
    }

    /// Reads the hello; returns the channel's number.
    ///
    /// @param count the number of channels
    int hello(int count) throws IOException {
        if (!header(MultifdHello.BYTES)) {
            throw truncated(0, MultifdHello.BYTES);
        }
        int number = MultifdHello.read(WireReader.of(header, 0, ReadLimits.DEFAULT)).channel();
        if (number >= count) {
            throw new CorruptException(
                    "received channel id " + number + " exceeds channel count " + count, 0);
        }
        return number;
    }

    /// Reads the next packet and writes its pages to the memory; returns false at the end of the
    /// channel.
    boolean next() throws IOException {
        long at = position;
        if (!header(header.length)) {
            return false;
        }
        MultifdPacket packet =
                MultifdPacket.read(WireReader.of(header, at, ReadLimits.DEFAULT), pageSize);
        atSync = packet.sync();
        if (packet.offsets().length == 0) {
            return true;
        }
        BlockMemory memory = blocks.get(packet.block());
        if (memory == null) {
            throw packet.unknownBlock(at);
        }
        try {
            packet.check(memory.block(), at);
            load(packet, memory);
        } catch (VMStateException e) {
            throw e.within("block " + Printable.quoted(memory.block().name()));
        }
        return true;
    }

    /// Whether the last packet is a sync packet.
    boolean atSync() {
        return atSync;
    }

    private void load(MultifdPacket packet, BlockMemory memory) throws IOException {
        int length = packet.normal() * pageSize.bytes();
        if (packet.normal() > 0 && packet.method() != MultifdPacket.METHOD_NONE) {
            decode(packet, memory, length);
        } else if (packet.normal() > 0) {
            if (packet.payloadLength() != length) {
                throw new CorruptException(
                        packet.normal() + " pages in " + packet.payloadLength() + " bytes",
                        position);
            }
            if (memory.windows() != null) {
                scatter(packet, memory, memory.windows());
            } else {
                read(ByteBuffer.wrap(pages(), 0, length));
                write(packet, memory);
            }
        }
        long[] offsets = packet.offsets();
        for (int i = packet.normal(); i < offsets.length; i++) {
            memory.zero(offsets[i], pageSize.bytes());
        }
        for (long offset : offsets) {
            memory.arrive(offset, pageSize.bytes());
        }
    }

    /// Reads pages into native memory, consecutive ones at once.
    private void scatter(MultifdPacket packet, BlockMemory memory, PageBuffers.Windows windows)
            throws IOException {
        long[] offsets = packet.offsets();
        int count = 0;
        for (int i = 0; i < packet.normal(); ) {
            int run = PageBuffers.run(offsets, i, packet.normal(), pageSize.bytes());
            int bytes = run * pageSize.bytes();
            memory.mark(offsets[i], bytes);
            places[count++] = buffers.at(windows, offsets[i], bytes);
            i += run;
        }
        if (channel instanceof ScatteringByteChannel scattering) {
            scatter(scattering, count);
        } else {
            for (int i = 0; i < count; i++) {
                read(places[i]);
            }
        }
    }

    private void scatter(ScatteringByteChannel scattering, int count) throws IOException {
        int next = 0;
        while (next < count) {
            long got = scattering.read(places, next, count - next);
            if (got < 0) {
                throw truncated(position, remaining(next, count));
            }
            position += got;
            while (next < count && !places[next].hasRemaining()) {
                next++;
            }
        }
    }

    private long remaining(int from, int to) {
        long bytes = 0;
        for (int i = from; i < to; i++) {
            bytes += places[i].remaining();
        }
        return bytes;
    }

    private void decode(MultifdPacket packet, BlockMemory memory, int length) throws IOException {
        long at = position;
        PacketDecoder by = PacketDecoder.of(packet.method(), decoder, at);
        decoder = by;
        if (payload.length < packet.payloadLength()) {
            payload = new byte[packet.payloadLength()];
        }
        read(ByteBuffer.wrap(payload, 0, packet.payloadLength()));
        by.decode(payload, packet.payloadLength(), pages(), length, at);
        write(packet, memory);
    }

    private void write(MultifdPacket packet, BlockMemory memory) throws IOException {
        int size = pageSize.bytes();
        for (int i = 0; i < packet.normal(); i++) {
            memory.write(packet.offsets()[i], pages, i * size, size);
        }
    }

    private byte[] pages() {
        if (pages.length == 0) {
            pages = new byte[MultifdPacket.PACKET_BYTES];
        }
        return pages;
    }

    /// Reads a header of `count` bytes to [#header]; returns false if the channel ends before it.
    private boolean header(int count) throws IOException {
        long at = position;
        ByteBuffer bytes = headerBuffer.clear().limit(count);
        boolean checked = count == MultifdHello.BYTES;
        while (bytes.hasRemaining()) {
            int got = channel.read(bytes);
            if (got < 0) {
                if (bytes.position() == 0) {
                    return false;
                }
                throw truncated(at, count);
            }
            position += got;
            if (!checked && bytes.position() >= FLAGS_END) {
                checked = true;
                refuseDeviceState(bytes.getInt(FLAGS_END - Integer.BYTES), at);
            }
        }
        bytes.flip().get(header, 0, count);
        return true;
    }

    private static void refuseDeviceState(int flags, long at) throws UnsupportedException {
        if ((flags & MultifdPacket.DEVICE_STATE) != 0) {
            throw new UnsupportedException("the state of a device in a multifd channel", at);
        }
    }

    private void read(ByteBuffer bytes) throws IOException {
        long at = position;
        int count = bytes.remaining();
        while (bytes.hasRemaining()) {
            int got = channel.read(bytes);
            if (got < 0) {
                throw truncated(at, count);
            }
            position += got;
        }
    }

    private static TruncatedException truncated(long at, long wanted) {
        return new TruncatedException(
                "the channel ends inside a value of " + wanted + " bytes", at);
    }

    @Override
    public void close() {
        if (decoder != null) {
            decoder.close();
        }
    }
}
