// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The header of a packet in a multifd channel: the block and the offsets of the pages that follow.
///
/// ```
/// u32 magic 0x11223344   u32 version 1   u32 flags   u32 pages_alloc   u32 normal pages   u32 size of what follows   u64 packet number
/// u32 zero pages   u32 0   3 × u64 0                          QEMU before 9.0: 4 × u64 0, which reads the same
/// char block[256]   room × u64 offset                         the first for the normal, the next for the zero pages
/// ```
///
/// The room for offsets is that of 512 KiB of pages, even if pages_alloc is smaller, as it may be
/// in packets without pages. The payload size is valid only if there are normal pages.
///
/// @param flags [#SYNC] and the bits of the compression method
/// @param payloadLength the number of bytes after the header
/// @param room the number of offsets that the header has room for
/// @param block the name of the block
/// @param normal the number of pages in the payload
/// @param offsets the offsets of the normal pages, then those of the zero pages
///
///   Corresponds to QEMU's `MultiFDPacket_t`.
@SuppressWarnings("ArrayRecordComponent") // not compared
record MultifdPacket(
        int flags,
        int room,
        int normal,
        int payloadLength,
        long number,
        String block,
        long[] offsets) {
    static final int MAGIC = 0x11223344;
    static final int VERSION = 1;
    static final int SYNC = 1;
    static final int METHOD = 0x1f << 1;
    static final int METHOD_NONE = 0;
    static final int METHOD_ZLIB = 1 << 1;
    static final int METHOD_ZSTD = 2 << 1;
    static final int DEVICE_STATE = 1 << 6;

    /// The size in bytes of the pages in a full packet, for every page size.
    static final int PACKET_BYTES = 512 << 10;

    static final int BLOCK_NAME_BYTES = 256;
    static final int INSTANCE_BYTES = BLOCK_NAME_BYTES + 4;

    /// The maximum payload of a packet, more than any method makes of a full one. Also the maximum
    /// size of the pages that a packet may declare.
    private static final int MAX_PAYLOAD = 4 * PACKET_BYTES;

    /// The rooms for pages of 4 KiB, then of the other sizes.
    private static final int[] ROOMS = {128, 512, 64, 32, 256, 1024, 2048, 16};

    /// Reads the header of the next packet.
    ///
    /// @param pageSize the target's page size, or null if it is unknown
    static MultifdPacket read(WireReader in, @Nullable PageSize pageSize) throws IOException {
        long at = in.position();
        int magic = in.int32();
        int version = in.int32();
        if (magic != MAGIC || version != VERSION) {
            throw new CorruptException(
                    "not a multifd packet: magic 0x"
                            + Integer.toHexString(magic)
                            + ", version "
                            + version,
                    at);
        }
        int flags = in.int32();
        if ((flags & DEVICE_STATE) != 0) {
            in.skip(INSTANCE_BYTES);
            long length = in.u32();
            return new MultifdPacket(flags, 0, 0, checkedPayload(length, at), 0, "", new long[0]);
        }
        long allocated = in.u32();
        long normal = in.u32();
        long length = in.u32();
        long number = in.u64();
        long zero = in.u32();
        in.skip(4 + 3 * 8);
        byte[] name = in.bytes(BLOCK_NAME_BYTES);
        int room =
                pageSize != null
                        ? PACKET_BYTES / pageSize.bytes()
                        : allocated != 0 ? (int) allocated : probeRoom(in, at);
        if (pageSize != null
                && allocated != room
                && allocated <= Integer.MAX_VALUE
                && possibleRoom((int) allocated)) {
            throw new CorruptException(
                    "pages of "
                            + PACKET_BYTES / allocated
                            + " bytes by "
                            + PageSize.Source.MULTIFD_PACKET
                            + ", but of "
                            + pageSize.bytes()
                            + " by "
                            + pageSize.source(),
                    at);
        }
        if ((allocated != 0 && allocated != room) || !possibleRoom(room) || normal + zero > room) {
            throw new CorruptException(
                    "a packet of "
                            + normal
                            + " pages and "
                            + zero
                            + " zero pages with room for "
                            + allocated,
                    at);
        }
        long[] offsets = new long[(int) (normal + zero)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = in.u64();
        }
        in.skip((room - offsets.length) * 8L);
        int payload = normal == 0 ? 0 : checkedPayload(length, at);
        return new MultifdPacket(
                flags, room, (int) normal, payload, number, blockName(name, at), offsets);
    }

    /// Finds the room of a packet without pages whose `pages_alloc` is 0: the one after which a
    /// packet or the end of the channel follows.
    private static int probeRoom(WireReader in, long at) throws IOException {
        for (int room : ROOMS) {
            int end = room * 8;
            boolean packet = true;
            for (int i = 0; i < 4; i++) {
                packet &= in.peek(end + i) == (MAGIC >>> (24 - 8 * i) & 0xff);
            }
            if (packet || (in.peek(end) < 0 && in.peek(end - 1) >= 0)) {
                return room;
            }
        }
        throw new CorruptException("a packet of unknown size: none follows it", at);
    }

    private static boolean possibleRoom(int room) {
        return Integer.bitCount(room) == 1
                && room >= PACKET_BYTES / PageSize.MAX_BYTES
                && room <= PACKET_BYTES / PageSize.MIN_BYTES;
    }

    private static int checkedPayload(long length, long at) throws CorruptException {
        if (length > MAX_PAYLOAD) {
            throw new CorruptException("a packet followed by " + length + " bytes", at);
        }
        return (int) length;
    }

    private static String blockName(byte[] field, long at) throws CorruptException {
        int length = 0;
        while (length < field.length && field[length] != 0) {
            length++;
        }
        if (length == field.length) {
            throw new CorruptException("the block's name in a packet does not end", at);
        }
        return new String(field, 0, length, StandardCharsets.UTF_8);
    }

    /// Checks that the pages are in a block.
    ///
    /// @param at the offset of the packet, for errors
    void check(RamBlock of, long at) throws CorruptException {
        int pageSize = pageSize();
        for (long offset : offsets) {
            if (offset < 0 || offset > of.length() - pageSize || (offset & (pageSize - 1)) != 0) {
                throw new CorruptException(
                        "a page at 0x"
                                + Long.toHexString(offset)
                                + " of a block of "
                                + of.length()
                                + " bytes",
                        at);
            }
        }
    }

    /// Returns the exception for a packet of a block that was not declared.
    CorruptException unknownBlock(long at) {
        return new CorruptException(
                "a packet of a block never declared: " + Printable.quoted(block), at);
    }

    /// The size of a header in bytes.
    static int headerBytes(int pageSize) {
        return 64 + BLOCK_NAME_BYTES + PACKET_BYTES / pageSize * Long.BYTES;
    }

    /// Writes the header.
    void write(WireWriter out) throws IOException {
        out.int32(MAGIC);
        out.int32(VERSION);
        out.int32(flags);
        out.int32(room);
        out.int32(normal);
        out.int32(payloadLength);
        out.u64(number);
        out.int32(offsets.length - normal);
        out.zeros(4 + 3 * 8);
        byte[] name = block.getBytes(StandardCharsets.UTF_8);
        out.bytes(name);
        out.zeros(BLOCK_NAME_BYTES - name.length);
        for (long offset : offsets) {
            out.u64(offset);
        }
        out.zeros((room - offsets.length) * 8);
    }

    boolean sync() {
        return (flags & SYNC) != 0;
    }

    boolean deviceState() {
        return (flags & DEVICE_STATE) != 0;
    }

    int method() {
        return flags & METHOD;
    }

    /// The page size, computed from the room of the packet.
    int pageSize() {
        return PACKET_BYTES / room;
    }
}
