// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Reads the messages of a destination.
///
/// A message of an unknown type, with a length that its type does not have, or with a bitmap that
/// is too long is a [CorruptException] in QEMU's words.
///
/// Not thread-safe. QEMU: `source_return_path_thread`.
public final class ReturnPathReader {
    static final int SHUT = 1;
    static final int PONG = 2;
    static final int REQUEST_PAGES_OF_BLOCK = 3;
    static final int REQUEST_PAGES = 4;
    static final int RECEIVED_BITMAP = 5;
    static final int RESUME_ACKNOWLEDGED = 6;
    static final int SWITCHOVER_ACKNOWLEDGED = 7;

    /// The number that follows a bitmap.
    static final long BITMAP_END = 0x0123456789abcdefL;

    /// A request: u64 start, u32 length.
    static final int RANGE_BYTES = 12;

    private static final int MAX_DATA_BYTES = 512;

    private final WireReader in;
    private final long maxBitmapBytes;

    /// Creates a reader.
    ///
    /// @param maxBitmapBytes the size of the bitmap of the largest block
    public ReturnPathReader(WireReader in, long maxBitmapBytes) {
        this.in = in;
        this.maxBitmapBytes = maxBitmapBytes;
    }

    /// Returns the next message; empty if the connection has ended between two messages.
    public Optional<ReturnPathMessage> next() throws IOException {
        if (in.atEnd()) {
            return Optional.empty();
        }
        long at = in.position();
        int type = in.u16();
        int length = in.u16();
        ReturnPathMessage message =
                switch (type) {
                    case SHUT -> new ReturnPathMessage.Shut(number(type, length, at));
                    case PONG -> new ReturnPathMessage.Pong(number(type, length, at));
                    case REQUEST_PAGES_OF_BLOCK -> request(length, at);
                    case REQUEST_PAGES -> {
                        require(length == RANGE_BYTES, type, length, RANGE_BYTES, at);
                        yield new ReturnPathMessage.RequestPages(
                                in.u64(), in.u32(), Optional.empty());
                    }
                    case RECEIVED_BITMAP -> bitmap(length, at);
                    case RESUME_ACKNOWLEDGED ->
                            new ReturnPathMessage.ResumeAcknowledged(number(type, length, at));
                    case SWITCHOVER_ACKNOWLEDGED -> {
                        require(length == 0, type, length, 0, at);
                        yield new ReturnPathMessage.SwitchoverAcknowledged();
                    }
                    default ->
                            throw new CorruptException(
                                    String.format(
                                            Locale.ROOT,
                                            "Received invalid message 0x%04x length 0x%04x",
                                            type,
                                            length),
                                    at);
                };
        return Optional.of(message);
    }

    private long number(int type, int length, long at) throws IOException {
        require(length == Integer.BYTES, type, length, Integer.BYTES, at);
        return in.u32();
    }

    private ReturnPathMessage request(int length, long at) throws IOException {
        require(
                length > RANGE_BYTES && length <= MAX_DATA_BYTES,
                REQUEST_PAGES_OF_BLOCK,
                length,
                null,
                at);
        long start = in.u64();
        long count = in.u32();
        String block = in.str8();
        require(
                in.position() - at == 2 * Short.BYTES + length,
                REQUEST_PAGES_OF_BLOCK,
                length,
                null,
                at);
        return new ReturnPathMessage.RequestPages(start, count, Optional.of(block));
    }

    private ReturnPathMessage bitmap(int length, long at) throws IOException {
        require(length > 1 && length <= MAX_DATA_BYTES, RECEIVED_BITMAP, length, null, at);
        String block = in.str8();
        require(in.position() - at == 2 * Short.BYTES + length, RECEIVED_BITMAP, length, null, at);
        long sizeAt = in.position();
        long size = in.u64();
        if (size < 0 || size > maxBitmapBytes) {
            throw new CorruptException(
                    "ramblock '%s' bitmap size mismatch (0x%x != 0x%x)"
                            .formatted(block, size, maxBitmapBytes),
                    sizeAt);
        }
        byte[] bitmap = in.bytes((int) size);
        long endAt = in.position();
        if (in.u64() != BITMAP_END) {
            throw new CorruptException(
                    "ramblock '%s' end mark of the bitmap is wrong".formatted(block), endAt);
        }
        return new ReturnPathMessage.ReceivedBitmap(block, bitmap);
    }

    private static void require(
            boolean right, int type, int length, @Nullable Integer expected, long at)
            throws CorruptException {
        if (!right) {
            throw new CorruptException(
                    String.format(
                            Locale.ROOT,
                            "Received message (0x%04x) with incorrect length %d%s",
                            type,
                            length,
                            expected == null ? "" : " expecting " + expected),
                    at);
        }
    }
}
