// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A positioned big-endian writer to memory or to a channel.
///
/// Written bytes are buffered. The buffer of a writer to memory grows; that of a writer to a
/// channel is written to the channel when it is full and by [#flush()]. Throws
/// `IllegalArgumentException` for a value that does not fit its wire type.
///
/// A writer is not thread-safe. It cannot be closed: the caller closes the channel after
/// [#flush()].
///
/// Corresponds to the writing side of QEMU's `QEMUFile`.
public final class WireWriter {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAX_STR8_BYTES = 0xff;

    /// The number of referenced buffers after which they are written.
    public static final int REFERENCES = Gathering.REFERENCES;

    private final @Nullable WritableByteChannel channel;
    private byte[] buffer;
    private int end;
    private long flushed;

    /// The referenced memory that is not yet written, if the channel gathers.
    private @Nullable Gathering gathering;

    private WireWriter(@Nullable WritableByteChannel channel, int capacity) {
        this.channel = channel;
        this.buffer = new byte[capacity];
    }

    /// Returns a writer to memory, whose bytes are returned by [#toByteArray()].
    public static WireWriter toMemory() {
        return new WireWriter(null, 512);
    }

    /// Returns a writer to a channel, which the caller closes after [#flush()].
    public static WireWriter to(WritableByteChannel channel) {
        return new WireWriter(Objects.requireNonNull(channel), BUFFER_BYTES);
    }

    /// The number of bytes written.
    public long position() {
        return flushed + end;
    }

    /// Writes a byte, 0 to 255.
    public void u8(int value) throws IOException {
        check(value, 0xff);
        int8((byte) value);
    }

    /// Writes a 16-bit number, 0 to 65535.
    public void u16(int value) throws IOException {
        check(value, 0xffff);
        int16((short) value);
    }

    /// Writes a 32-bit number, 0 to 4294967295.
    public void u32(long value) throws IOException {
        check(value, 0xffff_ffffL);
        int32((int) value);
    }

    /// Writes an unsigned 64-bit number, given as the bits of a long.
    public void u64(long bits) throws IOException {
        int64(bits);
    }

    /// Writes a signed byte.
    public void int8(byte value) throws IOException {
        int at = advance(1);
        buffer[at] = value;
    }

    /// Writes a signed 16-bit number.
    public void int16(short value) throws IOException {
        int at = advance(2);
        BigEndian.put(buffer, at, value);
    }

    /// Writes a signed 32-bit number.
    public void int32(int value) throws IOException {
        int at = advance(4);
        BigEndian.put(buffer, at, value);
    }

    /// Writes a signed 64-bit number.
    public void int64(long value) throws IOException {
        int at = advance(8);
        BigEndian.put(buffer, at, value);
    }

    /// Writes all bytes of an array.
    public void bytes(byte[] bytes) throws IOException {
        bytes(bytes, 0, bytes.length);
    }

    /// Writes part of an array.
    public void bytes(byte[] bytes, int offset, int count) throws IOException {
        bytes(MemorySegment.ofArray(bytes).asSlice(offset, count));
    }

    /// Writes all bytes of a memory segment, which may be of any size if this writes to a channel.
    public void bytes(MemorySegment memory) throws IOException {
        long from = 0;
        long size = memory.byteSize();
        if (channel == null) {
            int at = advance(Math.toIntExact(size));
            MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, buffer, at, (int) size);
            return;
        }
        if (size >= BUFFER_BYTES) {
            flush();
            while (from < size) {
                CancelledException.throwIfInterrupted();
                long step = Math.min(size - from, 1 << 24);
                writeFully(channel, memory.asSlice(from, step).asByteBuffer());
                from += step;
                flushed += step;
            }
            return;
        }
        int at = advance((int) size);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, buffer, at, (int) size);
    }

    /// Writes the remaining bytes of a buffer, without copying them if the channel is a
    /// [GatheringByteChannel]: they are read by a later call, at the latest by [#flush()]. Until
    /// then the buffer must not be moved. The buffer's position is undefined afterwards.
    ///
    /// The bytes are those that the buffer contains when they are read. The call after which they
    /// are written is the one that references the last of [#REFERENCES] buffers, or any other.
    public void reference(ByteBuffer bytes) throws IOException {
        if (!(channel instanceof GatheringByteChannel gatherer)) {
            bytes(MemorySegment.ofBuffer(bytes));
            return;
        }
        Gathering pieces = gathering;
        if (pieces == null) {
            pieces = new Gathering(gatherer);
            gathering = pieces;
        }
        flushed += bytes.remaining();
        pieces.add(end, bytes);
        if (pieces.isFull()) {
            flush();
        }
    }

    /// Writes `count` zero bytes.
    public void zeros(int count) throws IOException {
        check(count, Integer.MAX_VALUE);
        int left = count;
        while (left > 0) {
            int step = Math.min(left, BUFFER_BYTES);
            int at = advance(step);
            Arrays.fill(buffer, at, at + step, (byte) 0);
            left -= step;
        }
    }

    /// Writes `count` zero bytes; in a file they become a hole.
    public void hole(long count) throws IOException {
        if (channel instanceof SeekableByteChannel file) {
            flush();
            try {
                file.position(file.position() + count);
            } catch (ClosedByInterruptException e) {
                throw CancelledException.of(e);
            }
            flushed += count;
            return;
        }
        long left = count;
        while (left > 0) {
            int step = (int) Math.min(left, BUFFER_BYTES);
            zeros(step);
            left -= step;
        }
    }

    /// Writes a counted string: its length in UTF-8 as one byte, then the bytes.
    public void str8(String text) throws IOException {
        int length = text.length();
        if (length <= MAX_STR8_BYTES) {
            int at = reserve(1 + length);
            buffer[at] = (byte) length;
            if (putAscii(text, at + 1)) {
                commit(1 + length);
                return;
            }
        }
        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("text that has no UTF-8", e);
        }
        if (bytes.remaining() > MAX_STR8_BYTES) {
            throw new IllegalArgumentException("a counted string has at most 255 bytes: " + text);
        }
        u8(bytes.remaining());
        bytes(MemorySegment.ofBuffer(bytes));
    }

    /// Puts a text into the buffer; returns false if it is not ASCII.
    private boolean putAscii(String text, int at) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return false;
            }
            buffer[at + i] = (byte) c;
        }
        return true;
    }

    /// Reserves `count` contiguous bytes in [#buffer()] and returns the index of the first.
    ///
    /// Nothing is written yet: the caller fills some or all of these bytes and calls
    /// [#commit(int)], without calling another method in between. This way, several values can be
    /// written with a single check.
    public int reserve(int count) throws IOException {
        if (count > buffer.length - end) {
            makeRoom(count);
        }
        return end;
    }

    /// The index of the next byte in [#buffer()], as returned by [#reserve(int)].
    public int index() {
        return end;
    }

    /// The array that contains the reserved bytes, valid until more bytes are reserved or written.
    public byte[] buffer() {
        return buffer;
    }

    /// Writes the first `count` of the bytes reserved last, which the caller has filled.
    public void commit(int count) {
        if (count < 0 || count > buffer.length - end) {
            throw new IndexOutOfBoundsException(count + " bytes of " + (buffer.length - end));
        }
        end += count;
    }

    /// Discards everything written to memory, but keeps the buffer for reuse.
    public void clear() {
        if (channel != null) {
            throw new IllegalStateException("this writer writes to a channel");
        }
        end = 0;
    }

    /// Writes the buffered bytes to the channel; has no effect on a writer to memory.
    public void flush() throws IOException {
        if (channel == null) {
            return;
        }
        if (gathering != null && !gathering.isEmpty()) {
            gathering.write(buffer, end);
        } else {
            writeFully(channel, ByteBuffer.wrap(buffer, 0, end));
        }
        flushed += end;
        end = 0;
    }

    /// Returns a copy of everything written to memory.
    public byte[] toByteArray() {
        if (channel != null) {
            throw new IllegalStateException("this writer writes to a channel");
        }
        return Arrays.copyOf(buffer, end);
    }

    private int advance(int count) throws IOException {
        if (buffer.length - end < count) {
            makeRoom(count);
        }
        int at = end;
        end += count;
        return at;
    }

    private void makeRoom(int count) throws IOException {
        flush();
        int needed = Math.addExact(end, count);
        if (needed > buffer.length) {
            int doubled = (int) Math.min(Integer.MAX_VALUE - 8L, buffer.length * 2L);
            buffer = Arrays.copyOf(buffer, Math.max(needed, doubled));
        }
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes)
            throws IOException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    private static void check(long value, long max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(value + " is outside 0.." + max);
        }
    }
}
