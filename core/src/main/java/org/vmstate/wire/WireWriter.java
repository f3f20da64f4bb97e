// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A positioned big-endian writer to memory or to a channel.
///
/// What is written stands in a buffer first: in memory the buffer grows, towards a channel it is
/// passed on when it is full and by [#flush()]. A value that the target type cannot hold is an
/// `IllegalArgumentException`.
///
/// A writer is not safe for use by several threads. It is not closed: whoever opened the channel
/// closes it, after [#flush()].
///
/// Corresponds to the writing side of QEMU's `QEMUFile`.
public final class WireWriter {
    private static final int BUFFER_BYTES = 1 << 16;

    private final @Nullable WritableByteChannel channel;
    private byte[] buffer;
    private int end;
    private long flushed;

    private WireWriter(@Nullable WritableByteChannel channel, int capacity) {
        this.channel = channel;
        this.buffer = new byte[capacity];
    }

    /// A writer to memory, read back with [#toByteArray()].
    public static WireWriter toMemory() {
        return new WireWriter(null, 512);
    }

    /// A writer to a channel, which the caller closes after [#flush()].
    public static WireWriter to(WritableByteChannel channel) {
        return new WireWriter(Objects.requireNonNull(channel), BUFFER_BYTES);
    }

    /// How many bytes have been written.
    public long position() {
        return flushed + end;
    }

    /// A byte, 0 to 255.
    public void u8(int value) throws IOException {
        check(value, 0xff);
        int8((byte) value);
    }

    /// A 16-bit number, 0 to 65535.
    public void u16(int value) throws IOException {
        check(value, 0xffff);
        int16((short) value);
    }

    /// A 32-bit number, 0 to 4294967295.
    public void u32(long value) throws IOException {
        check(value, 0xffff_ffffL);
        int32((int) value);
    }

    /// A 64-bit number, unsigned, as the bits of a long.
    public void u64(long bits) throws IOException {
        int64(bits);
    }

    /// A signed byte.
    public void int8(byte value) throws IOException {
        int at = advance(1);
        buffer[at] = value;
    }

    /// A signed 16-bit number.
    public void int16(short value) throws IOException {
        int at = advance(2);
        BigEndian.put(buffer, at, value);
    }

    /// A signed 32-bit number.
    public void int32(int value) throws IOException {
        int at = advance(4);
        BigEndian.put(buffer, at, value);
    }

    /// A signed 64-bit number.
    public void int64(long value) throws IOException {
        int at = advance(8);
        BigEndian.put(buffer, at, value);
    }

    /// All bytes of an array.
    public void bytes(byte[] bytes) throws IOException {
        bytes(bytes, 0, bytes.length);
    }

    /// Part of an array.
    public void bytes(byte[] bytes, int offset, int count) throws IOException {
        bytes(MemorySegment.ofArray(bytes).asSlice(offset, count));
    }

    /// All bytes of a piece of memory, which towards a channel may be of any size.
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

    /// `count` bytes of 0.
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

    /// `count` bytes of 0 that need not be written: towards a file they become a hole.
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

    /// A counted string: its length in UTF-8 as one byte, then the bytes.
    public void str8(String text) throws IOException {
        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("text that has no UTF-8", e);
        }
        if (bytes.remaining() > 0xff) {
            throw new IllegalArgumentException("a counted string has at most 255 bytes: " + text);
        }
        u8(bytes.remaining());
        bytes(MemorySegment.ofBuffer(bytes));
    }

    /// Makes room for `count` bytes in one piece of [#buffer()] and returns the index of the first.
    ///
    /// Nothing is written yet: the caller puts some or all of those bytes there, tells so by
    /// [#commit(int)], and calls nothing else in between. This is how many values go into a stream
    /// for the price of one check.
    public int reserve(int count) throws IOException {
        if (count > buffer.length - end) {
            makeRoom(count);
        }
        return end;
    }

    /// Where the next byte goes in [#buffer()], as [#reserve(int)] returned it.
    public int index() {
        return end;
    }

    /// The array that [#reserve(int)] made room in, until more room is asked for.
    public byte[] buffer() {
        return buffer;
    }

    /// Says that the first `count` bytes of the room last reserved have been put there.
    public void commit(int count) {
        if (count < 0 || count > buffer.length - end) {
            throw new IndexOutOfBoundsException(count + " bytes of " + (buffer.length - end));
        }
        end += count;
    }

    /// Forgets everything written to memory but keeps the memory, for a writer that serves again.
    public void clear() {
        if (channel != null) {
            throw new IllegalStateException("this writer writes to a channel");
        }
        end = 0;
    }

    /// Hands everything written so far to the channel; nothing to do in memory.
    public void flush() throws IOException {
        if (channel != null) {
            writeFully(channel, ByteBuffer.wrap(buffer, 0, end));
            flushed += end;
            end = 0;
        }
    }

    /// A copy of everything written to memory.
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
