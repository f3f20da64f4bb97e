// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;

/// A positioned big-endian reader over memory, a file or a pipe.
///
/// All sources behave in the same way; sources in memory (arrays, segments, mapped files) and
/// ranges also support [#seek(long)]. Positions are absolute offsets in the stream. A read past the
/// end throws [TruncatedException] with the offset at which the value began, and does not consume
/// any bytes, except that a read of more than 64 KiB consumes the rest of a pipe. No read waits for
/// more bytes than it returns.
///
/// A reader is not thread-safe. Closing it closes its file, channel or source; closing it again has
/// no effect. Reading from a closed reader, or using a view of a closed file, throws
/// [IllegalStateException]. A reader checks once per MiB whether its thread has been interrupted,
/// and throws [CancelledException] if so.
///
/// Corresponds to the reading side of QEMU's `QEMUFile`.
public final class WireReader implements AutoCloseable {
    private static final int WINDOW_BYTES = 1 << 16;

    /// The number of bytes that are copied to the window from memory after a jump, at least; the
    /// number doubles as long as reading is sequential. At least as many bytes are copied without
    /// the window.
    private static final int MIN_FILL_BYTES = 512;

    /// The number of bytes consumed between two checks for an interrupt.
    private static final int STEP_BYTES = 1 << 20;

    private final WireSource source;
    private final AutoCloseable resource;
    private final ReadLimits limits;
    private final long origin;

    /// Whether the source can be read from any position.
    private final boolean seekable;

    private int fillBytes = WINDOW_BYTES;

    /// The absolute offset of the source's end, or [WireSource#UNKNOWN_SIZE].
    private final long limit;

    /// The spool that keeps the bytes of a pipe, if this reads from one.
    private final @Nullable Spool spool;

    private byte[] window;
    private long windowPosition;
    private int next;
    private int end;

    private boolean closed;

    /// The position of the next check for an interrupt and call of the listener.
    private long nextStep;

    private Progress progress = Progress.NONE;
    private Progress.Phase phase = Progress.Phase.MACHINE;
    private long progressStart;
    private long progressDone;
    private OptionalLong progressTotal = OptionalLong.empty();

    private WireReader(Spool spool, byte[] window, long origin, ReadLimits limits) {
        this(new WireSource.Ranges(spool), window, 0, origin, limits, spool, spool);
    }

    private WireReader(
            WireSource source,
            byte[] window,
            int filled,
            long origin,
            ReadLimits limits,
            AutoCloseable r) {
        this(source, window, filled, origin, limits, r, null);
    }

    private WireReader(
            WireSource source,
            byte[] window,
            int filled,
            long origin,
            ReadLimits limits,
            AutoCloseable r,
            @Nullable Spool spool) {
        this.source = source;
        this.spool = spool;
        this.window = window;
        this.end = filled;
        this.windowPosition = origin;
        this.origin = origin;
        this.seekable = source.seekable();
        long size = source.size();
        this.limit = size == WireSource.UNKNOWN_SIZE ? size : origin + size;
        this.nextStep = origin + STEP_BYTES;
        this.limits = limits;
        this.resource = r;
    }

    /// Returns a reader over an array, which is not copied and must not change while it is read.
    public static WireReader of(byte[] bytes) {
        return of(bytes, 0, ReadLimits.DEFAULT);
    }

    /// Returns a reader over an array whose first byte has the absolute offset `origin`.
    public static WireReader of(byte[] bytes, long origin, ReadLimits limits) {
        return new WireReader(
                new WireSource.Memory(MemorySegment.ofArray(bytes)),
                bytes,
                bytes.length,
                origin,
                limits,
                () -> {});
    }

    /// Returns a reader over memory whose first byte has the absolute offset `origin`; closing the
    /// reader does not affect the memory.
    public static WireReader of(MemorySegment memory, long origin, ReadLimits limits) {
        int size = (int) Math.min(WINDOW_BYTES, memory.byteSize());
        return new WireReader(
                new WireSource.Memory(memory), new byte[size], 0, origin, limits, () -> {});
    }

    /// Returns a reader of the bytes of a channel; closing the reader closes the channel.
    public static WireReader of(ReadableByteChannel channel, ReadLimits limits) {
        return new WireReader(
                new WireSource.Channel(channel), new byte[WINDOW_BYTES], 0, 0, limits, channel);
    }

    /// Returns a reader over a source, whose ranges are read on demand; closing the reader closes
    /// the source.
    public static WireReader of(RangeSource source, ReadLimits limits) {
        return new WireReader(
                new WireSource.Ranges(source), new byte[WINDOW_BYTES], 0, 0, limits, source);
    }

    /// Returns a reader over a file. A regular file is mapped, so that skipping bytes has no cost.
    /// A file whose size is not available (a named pipe, most files below `/proc`) is read as a
    /// pipe.
    @SuppressWarnings("MustBeClosedChecker") // the channel is closed with the reader
    public static WireReader open(Path file, ReadLimits limits) throws IOException {
        try {
            if (Files.size(file) == 0) {
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                if (channel.size() == 0) {
                    return of(channel, limits);
                }
                channel.close();
            }
            MappedFile mapped = MappedFile.open(file);
            int size = (int) Math.min(WINDOW_BYTES, mapped.memory().byteSize());
            return new WireReader(
                    new WireSource.Memory(mapped.memory()), new byte[size], 0, 0, limits, mapped);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    /// The limits on this reader's input.
    public ReadLimits limits() {
        return limits;
    }

    /// Sets the listener that is called while bytes are consumed, counting from the current
    /// position. It replaces the previous listener; [Progress#NONE] removes it.
    ///
    /// @param phase what is being read
    public void progress(Progress.Phase phase, Progress listener) {
        this.progress = Objects.requireNonNull(listener);
        this.phase = Objects.requireNonNull(phase);
        progressStart = position();
        progressDone = 0;
        progressTotal = remaining();
        nextStep = progressStart + STEP_BYTES;
    }

    /// The absolute offset of the next byte.
    public long position() {
        return windowPosition + next;
    }

    /// Whether [#seek(long)] works: the source is memory, a file or ranges.
    public boolean seekable() {
        return seekable;
    }

    /// Whether [#view(long, long)] does not copy: the source is memory or a file.
    public boolean mapped() {
        return source instanceof WireSource.Memory;
    }

    /// Whether access is so slow that as little as possible should be read
    /// ([RangeSource#remote()]).
    public boolean remote() {
        return source instanceof WireSource.Ranges(RangeSource ranges) && ranges.remote();
    }

    /// The number of remaining bytes; empty if it is unknown.
    public OptionalLong remaining() {
        return sized() ? OptionalLong.of(limit - position()) : OptionalLong.empty();
    }

    private boolean sized() {
        return limit != WireSource.UNKNOWN_SIZE;
    }

    /// Whether no bytes remain.
    public boolean atEnd() throws IOException {
        return !available(1);
    }

    /// Moves to an absolute offset of a seekable source, at most its end.
    public void seek(long position) {
        long inWindow = position - windowPosition;
        if (inWindow < 0 || inWindow > end || !seekable) {
            leaveWindow(position);
        } else {
            next = (int) inWindow;
        }
    }

    private void leaveWindow(long position) {
        if (!seekable) {
            throw new IllegalStateException("a pipe cannot seek");
        }
        if (position < origin || (sized() && position > limit)) {
            throw new IllegalArgumentException(
                    "offset " + position + " is outside " + origin + ".." + limit);
        }
        windowPosition = position;
        next = 0;
        end = 0;
        fillBytes = MIN_FILL_BYTES;
        nextStep = Math.min(nextStep, position + STEP_BYTES);
    }

    /// Skips `count` bytes, all of which must exist.
    public void skip(long count) throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("negative count " + count);
        }
        if (count <= end - next) {
            next += (int) count;
            return;
        }
        long start = position();
        if (sized()) {
            require(count);
            seek(start + count);
            return;
        }
        if (seekable) {
            if (count > Long.MAX_VALUE - start || !exists(start + count - 1)) {
                throw truncated(start, count);
            }
            seek(start + count);
            return;
        }
        if (count <= WINDOW_BYTES && !buffers((int) count)) {
            throw truncated(start, count);
        }
        long left = count;
        while (left > 0) {
            if (next == end && source instanceof WireSource.Channel channel) {
                left -= direct(channel, count - left, left, NOWHERE);
                continue;
            }
            if (next == end && !fill(1)) {
                throw truncated(start, count);
            }
            int step = (int) Math.min(left, end - next);
            next += step;
            left -= step;
        }
    }

    /// Whether a source of unknown size has a byte at an absolute offset.
    private boolean exists(long position) throws IOException {
        return source.read(position - origin, new byte[1], 0, 1) > 0;
    }

    /// Throws [TruncatedException] if the source is known to have fewer than `count` remaining
    /// bytes.
    ///
    /// To be called for lengths from the input before memory is allocated for them. The size of a
    /// pipe is unknown, so memory must still be allocated only as bytes arrive.
    public void require(long count) throws TruncatedException {
        if (sized() && Long.compareUnsigned(count, limit - position()) > 0) {
            throw truncated(position(), count);
        }
    }

    /// Returns the byte at distance `ahead` (0 is the next byte) without consuming any bytes, or -1
    /// if the input ends before it.
    ///
    /// @param ahead less than 65536
    public int peek(int ahead) throws IOException {
        if (ahead < 0 || ahead >= WINDOW_BYTES) {
            throw new IllegalArgumentException("cannot look " + ahead + " bytes ahead");
        }
        return available(ahead + 1) ? window[next + ahead] & 0xff : -1;
    }

    /// Makes the next `count` bytes available in [#window()], from [#index()] on. Returns false if
    /// the input ends before them or the window is too small.
    ///
    /// After reading them, the caller calls [#consume(int)]. This way, several values can be read
    /// with a single check.
    public boolean locate(int count) throws IOException {
        return end - next >= count || (count <= window.length && fill(count));
    }

    /// The index of the next byte in [#window()] after [#locate(int)].
    public int index() {
        return next;
    }

    /// Consumes the first `count` of the bytes located last.
    public void consume(int count) {
        if (count < 0 || count > end - next) {
            throw new IndexOutOfBoundsException(count + " bytes of " + (end - next));
        }
        next += count;
    }

    /// The number of next bytes that are already in [#window()].
    public int buffered() {
        return end - next;
    }

    /// The array that contains the located bytes. It must not be modified, and is valid until the
    /// next call of another method of this reader.
    public byte[] window() {
        return window;
    }

    /// An unsigned byte.
    public int u8() throws IOException {
        return int8() & 0xff;
    }

    /// An unsigned 16-bit number.
    public int u16() throws IOException {
        return int16() & 0xffff;
    }

    /// An unsigned 32-bit number.
    public long u32() throws IOException {
        return Integer.toUnsignedLong(int32());
    }

    /// An unsigned 64-bit number, as the bits of a long.
    public long u64() throws IOException {
        return int64();
    }

    /// A signed byte.
    public byte int8() throws IOException {
        return window[advance(1)];
    }

    /// A signed 16-bit number.
    public short int16() throws IOException {
        int at = advance(2);
        return BigEndian.int16(window, at);
    }

    /// A signed 32-bit number.
    public int int32() throws IOException {
        int at = advance(4);
        return BigEndian.int32(window, at);
    }

    /// A signed 64-bit number.
    public long int64() throws IOException {
        int at = advance(8);
        return BigEndian.int64(window, at);
    }

    /// The next `count` bytes as a new array. Memory is allocated only as bytes arrive.
    public byte[] bytes(int count) throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("negative count " + count);
        }
        require(count);
        if (sized() || count <= WINDOW_BYTES) {
            byte[] bytes = new byte[count];
            bytes(bytes, 0, count);
            return bytes;
        }
        long start = position();
        byte[] bytes = new byte[WINDOW_BYTES];
        int filled = 0;
        while (filled < count) {
            if (filled == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(count, bytes.length * 2L));
            }
            if (next == end && !fill(1)) {
                throw truncated(start, count);
            }
            int step = Math.min(Math.min(count, bytes.length) - filled, end - next);
            System.arraycopy(window, next, bytes, filled, step);
            next += step;
            filled += step;
        }
        return bytes;
    }

    /// Fills part of an array with the next bytes.
    public void bytes(byte[] target, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, target.length);
        copy(count, new ArrayTarget(target, offset));
    }

    /// Fills a piece of memory with the next bytes.
    public void bytes(MemorySegment target) throws IOException {
        copy(target.byteSize(), new MemoryTarget(target));
    }

    /// The place that bytes are copied to.
    private interface Target {
        /// Copies from the window; `filled` bytes were copied before.
        void take(byte[] window, int at, long filled, int count);

        /// Copies from memory.
        void take(MemorySegment memory, long at, long filled, long count);
    }

    /// Bytes that are skipped.
    private static final Target NOWHERE =
            new Target() {
                @Override
                public void take(byte[] window, int at, long filled, int count) {}

                @Override
                public void take(MemorySegment memory, long at, long filled, long count) {}
            };

    private static final class ArrayTarget implements Target {
        private final byte[] bytes;
        private final int offset;

        ArrayTarget(byte[] bytes, int offset) {
            this.bytes = bytes;
            this.offset = offset;
        }

        @Override
        public void take(byte[] window, int at, long filled, int count) {
            System.arraycopy(window, at, bytes, offset + (int) filled, count);
        }

        @Override
        public void take(MemorySegment memory, long at, long filled, long count) {
            MemorySegment.copy(
                    memory, ValueLayout.JAVA_BYTE, at, bytes, offset + (int) filled, (int) count);
        }
    }

    private record MemoryTarget(MemorySegment bytes) implements Target {
        @Override
        public void take(byte[] window, int at, long filled, int count) {
            MemorySegment.copy(window, at, bytes, ValueLayout.JAVA_BYTE, filled, count);
        }

        @Override
        public void take(MemorySegment memory, long at, long filled, long count) {
            MemorySegment.copy(memory, at, bytes, filled, count);
        }
    }

    private void copy(long count, Target target) throws IOException {
        long start = position();
        long filled = 0;
        require(count);
        if (!sized() && count <= WINDOW_BYTES && !buffers((int) count)) {
            throw truncated(start, count);
        }
        while (filled < count) {
            if (next == end
                    && count - filled >= MIN_FILL_BYTES
                    && source instanceof WireSource.Channel channel) {
                filled += direct(channel, filled, count - filled, target);
                continue;
            }
            if (next == end
                    && count - filled >= MIN_FILL_BYTES
                    && source instanceof WireSource.Memory(MemorySegment memory)) {
                direct(memory, filled, count - filled, target);
                return;
            }
            if (next == end && !fill(1)) {
                throw truncated(start, count);
            }
            int step = (int) Math.min(count - filled, end - next);
            target.take(window, next, filled, step);
            next += step;
            filled += step;
        }
    }

    /// A counted string: a length byte, then that many bytes of UTF-8. Throws [CorruptException] if
    /// they are not UTF-8.
    public String str8() throws IOException {
        int length = peek(0);
        if (length < 0 || !available(1 + length)) {
            throw truncated(position(), Math.max(1, 1 + length));
        }
        long start = position();
        next++;
        return utf8(length, start);
    }

    /// A string of `count` bytes of UTF-8. Throws [CorruptException] if they are not UTF-8.
    public String utf8(int count) throws IOException {
        return utf8(count, position());
    }

    private String utf8(int count, long start) throws IOException {
        byte[] bytes = bytes(count);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            CorruptException corrupt =
                    new CorruptException("a string of " + count + " bytes is not UTF-8", start);
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    /// Returns `count` bytes at an absolute offset of a seekable source, without changing the
    /// position. For memory and files this is a view, valid until this reader is closed; for ranges
    /// it is a copy, whose size is limited by [ReadLimits#maxBufferBytes()].
    public MemorySegment view(long position, long count) throws IOException {
        if (!seekable) {
            throw new IllegalStateException("a pipe has no memory to view");
        }
        checkOpen();
        if (!(source instanceof WireSource.Memory(MemorySegment memory))) {
            return copy(position, count);
        }
        long start = position - origin;
        if (start < 0
                || count < 0
                || start > memory.byteSize()
                || count > memory.byteSize() - start) {
            throw truncated(position, count);
        }
        return memory.asSlice(start, count).asReadOnly();
    }

    private MemorySegment copy(long position, long count) throws IOException {
        if (count > limits.maxDescriptionBytes()) {
            limits.checkBuffer(count, "a part of the input", position);
        }
        if (position < origin || (sized() && count > limit - position)) {
            throw truncated(position, count);
        }
        long here = position();
        seek(position);
        byte[] bytes = bytes((int) count);
        seek(here);
        return MemorySegment.ofArray(bytes).asReadOnly();
    }

    /// Returns a reader that continues from the current position over mapped bytes: this reader if
    /// it is already mapped, otherwise one over the rest of the pipe or ranges, which is read to
    /// its end and kept in memory or, above [ReadLimits#maxRetainedBytes()], in a temporary file.
    /// Closing either reader closes both.
    public WireReader retained() throws IOException {
        if (mapped()) {
            return this;
        }
        MemorySegment rest = Retained.from(this);
        long origin = position() - rest.byteSize();
        return new WireReader(
                new WireSource.Memory(rest), new byte[WINDOW_BYTES], 0, origin, limits, resource);
    }

    /// Returns a reader that continues from the current position and can seek back to it until
    /// [#release()]: this reader if it can seek, otherwise one that keeps the bytes that it reads
    /// from the pipe, in memory or, above [ReadLimits#maxRetainedBytes()], in a temporary file. It
    /// does not read ahead further than this reader. Closing either reader closes both.
    public WireReader keeping() throws IOException {
        if (spool != null) {
            try {
                spool.keep(position() - origin, window, next, end - next);
            } catch (ClosedByInterruptException e) {
                throw CancelledException.of(e);
            }
            return this;
        }
        return seekable
                ? this
                : new WireReader(new Spool(this), new byte[WINDOW_BYTES], position(), limits);
    }

    /// Returns a reader that continues from the current position and can seek back to any position
    /// from there on: this reader if it can seek, otherwise one that keeps all bytes that it reads
    /// from the pipe, in memory or, above [ReadLimits#maxRetainedBytes()], in a temporary file.
    /// Closing that one discards the bytes and does not close this reader, which then continues
    /// after the last byte that was read from the pipe.
    public WireReader rereadable() {
        if (seekable && spool == null) {
            return this;
        }
        Spool all = new Spool(this);
        return new WireReader(
                new WireSource.Ranges(all),
                new byte[WINDOW_BYTES],
                0,
                position(),
                limits,
                all::discard);
    }

    /// Allows bytes before this position to be discarded; seeking there then fails.
    public void release() {
        if (spool != null) {
            spool.release();
        }
    }

    /// Whether this reader, and the file whose memory it reads, are open.
    public boolean isOpen() {
        return !closed && source.isOpen();
    }

    /// Closes the file or channel that this reader opened or was given.
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        windowPosition += next;
        next = 0;
        end = 0;
        try {
            resource.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private int advance(int count) throws IOException {
        if (end - next < count && !fill(count)) {
            throw truncated(position(), count);
        }
        int at = next;
        next += count;
        return at;
    }

    private boolean available(int count) throws IOException {
        return end - next >= count || fill(count);
    }

    /// Reads bytes until the window contains at least `count` unread bytes; returns false if the
    /// input ends before.
    private boolean fill(int count) throws IOException {
        if (position() >= nextStep) {
            step();
        }
        checkOpen();
        int unread = end - next;
        if (sized() && limit - position() == unread) {
            return false;
        }
        System.arraycopy(window, next, window, 0, unread);
        windowPosition += next;
        next = 0;
        end = unread;
        int most = window.length;
        if (source instanceof WireSource.Memory || source instanceof WireSource.Channel) {
            most = Math.min(most, Math.max(count, unread + fillBytes));
            fillBytes = Math.min(2 * fillBytes, WINDOW_BYTES);
        }
        while (end < count) {
            int got = read(windowPosition - origin + end, most - end);
            if (got < 0) {
                return false;
            }
            end += got;
        }
        return true;
    }

    /// Reads until the next `count` bytes are in memory; returns false if the input ends before.
    private boolean buffers(int count) throws IOException {
        int unread = end - next;
        if (count <= unread) {
            return true;
        }
        if (!(source instanceof WireSource.Channel channel)) {
            return fill(count);
        }
        if (position() >= nextStep) {
            step();
        }
        checkOpen();
        try {
            return channel.buffers(count - unread);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    /// Copies wanted bytes from the buffer of a channel, without the window; returns their number.
    private int direct(WireSource.Channel channel, long filled, long count, Target target)
            throws IOException {
        if (channel.buffered() == 0 && !buffers(1)) {
            throw truncated(position() - filled, filled + count);
        }
        int piece = (int) Math.min(count, channel.buffered());
        windowPosition += next + piece;
        next = 0;
        end = 0;
        fillBytes = MIN_FILL_BYTES;
        target.take(channel.memory(), channel.take(piece), filled, piece);
        return piece;
    }

    /// Copies the rest of the wanted bytes from memory, without the window.
    private void direct(MemorySegment memory, long filled, long count, Target target)
            throws IOException {
        checkOpen();
        for (long done = 0; done < count; ) {
            long position = position();
            if (position >= nextStep) {
                step();
            }
            long piece = Math.min(count - done, STEP_BYTES);
            try {
                target.take(memory, position - origin, filled + done, piece);
            } catch (InternalError e) {
                throw MappedFile.fault(e);
            }
            leaveWindow(position + piece);
            done += piece;
        }
    }

    private int read(long position, int most) throws IOException {
        try {
            return source.read(position, window, end, most);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    /// Checks for an interrupt and calls the listener.
    private void step() throws CancelledException {
        CancelledException.throwIfInterrupted();
        nextStep = position() + STEP_BYTES;
        progressDone = Math.max(progressDone, position() - progressStart);
        progress.at(new Progress.Step(phase, progressDone, progressTotal));
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the reader is closed");
        }
    }

    /// Copies up to `count` bytes to `target` and returns their number; -1 at the end.
    int some(byte[] target, int offset, int count) throws IOException {
        if (next == end && !fill(1)) {
            return -1;
        }
        int step = Math.min(count, end - next);
        System.arraycopy(window, next, target, offset, step);
        next += step;
        return step;
    }

    private static TruncatedException truncated(long at, long wanted) {
        return new TruncatedException(
                "the input ends inside "
                        + (wanted == 1
                                ? "a value of 1 byte"
                                : "a value of " + Long.toUnsignedString(wanted) + " bytes"),
                at);
    }
}
