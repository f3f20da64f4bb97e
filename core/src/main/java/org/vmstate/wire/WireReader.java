// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
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
/// All sources behave the same; those in memory (arrays, segments, mapped files) and ranges can
/// also [#seek(long)]. Positions are absolute offsets in the stream. A read past the end throws
/// [TruncatedException] at the offset where the value began and consumes nothing of it, save that a
/// pipe is read to its end for more than 64 KiB. No read waits for more bytes than it returns.
///
/// A reader is not safe for use by several threads. Closing it closes the file, channel or source
/// behind it, and may be repeated; reading from a closed reader, and using a view of a closed file,
/// is an [IllegalStateException]. A reader looks for an interrupt of its thread once per MiB, and
/// throws a [CancelledException].
///
/// Corresponds to the reading side of QEMU's `QEMUFile`.
public final class WireReader implements AutoCloseable {
    private static final int WINDOW_BYTES = 1 << 16;

    /// How many bytes are consumed between two looks for an interrupt.
    private static final int STEP_BYTES = 1 << 20;

    private final WireSource source;
    private final AutoCloseable resource;
    private final ReadLimits limits;
    private final long origin;

    /// Whether the source reads from any position.
    private final boolean seekable;

    /// The absolute offset of the source's end, or [WireSource#UNKNOWN_SIZE].
    private final long limit;

    /// What keeps the bytes of a pipe, if this reads from one that is kept.
    private final @Nullable Spool spool;

    private byte[] window;
    private long windowPosition;
    private int next;
    private int end;

    private boolean closed;

    /// The position from which on to look for an interrupt and to call the listener.
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

    /// A reader over an array, which is not copied and must not change while it is read.
    public static WireReader of(byte[] bytes) {
        return of(bytes, 0, ReadLimits.DEFAULT);
    }

    /// A reader over an array whose first byte has the absolute offset `origin`.
    public static WireReader of(byte[] bytes, long origin, ReadLimits limits) {
        return new WireReader(
                new WireSource.Memory(MemorySegment.ofArray(bytes)),
                bytes,
                bytes.length,
                origin,
                limits,
                () -> {});
    }

    /// A reader over memory whose first byte has the absolute offset `origin`; closing the reader
    /// leaves the memory alone.
    public static WireReader of(MemorySegment memory, long origin, ReadLimits limits) {
        int size = (int) Math.min(WINDOW_BYTES, memory.byteSize());
        return new WireReader(
                new WireSource.Memory(memory), new byte[size], 0, origin, limits, () -> {});
    }

    /// A reader that takes a channel's bytes in order; closing the reader closes the channel.
    public static WireReader of(ReadableByteChannel channel, ReadLimits limits) {
        return new WireReader(
                new WireSource.Channel(channel), new byte[WINDOW_BYTES], 0, 0, limits, channel);
    }

    /// A reader over ranges of a source, read as they are needed; closing the reader closes the
    /// source.
    public static WireReader of(RangeSource source, ReadLimits limits) {
        return new WireReader(
                new WireSource.Ranges(source), new byte[WINDOW_BYTES], 0, 0, limits, source);
    }

    /// A reader over a regular file, which is mapped, not read, so that bytes passed over cost
    /// nothing. A file that does not say its size (a named pipe, most of what is below `/proc`) is
    /// read as a pipe.
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

    /// The limits this reader's input has to keep.
    public ReadLimits limits() {
        return limits;
    }

    /// Has a listener called while bytes are consumed, which are counted from here on, until the
    /// next call of this; [Progress#NONE] ends it.
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

    /// Whether [#view(long, long)] costs nothing: the source is memory or a file.
    public boolean mapped() {
        return source instanceof WireSource.Memory;
    }

    /// Whether bytes come from so far away that little should be read ([RangeSource#remote()]).
    public boolean remote() {
        return source instanceof WireSource.Ranges(RangeSource ranges) && ranges.remote();
    }

    /// How many bytes are left, where the source knows it.
    public OptionalLong remaining() {
        return sized() ? OptionalLong.of(limit - position()) : OptionalLong.empty();
    }

    private boolean sized() {
        return limit != WireSource.UNKNOWN_SIZE;
    }

    /// Whether no byte is left.
    public boolean atEnd() throws IOException {
        return !available(1);
    }

    /// Goes to an absolute offset of a seekable source, at most its end.
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
        nextStep = Math.min(nextStep, position + STEP_BYTES);
    }

    /// Passes over `count` bytes, all of which must be there.
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
        if (count <= WINDOW_BYTES && !available((int) count)) {
            throw truncated(start, count);
        }
        long left = count;
        while (left > 0) {
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

    /// Throws [TruncatedException] if the source is known to hold fewer than `count` further bytes.
    ///
    /// For lengths from the input, before memory is spent on them. A pipe cannot tell, so memory
    /// must still grow with what arrives.
    public void require(long count) throws TruncatedException {
        if (sized() && Long.compareUnsigned(count, limit - position()) > 0) {
            throw truncated(position(), count);
        }
    }

    /// The byte `ahead` bytes from here (0 is the next) without consuming anything, or -1 if the
    /// input ends before it.
    ///
    /// @param ahead less than 65536
    public int peek(int ahead) throws IOException {
        if (ahead < 0 || ahead >= WINDOW_BYTES) {
            throw new IllegalArgumentException("cannot look " + ahead + " bytes ahead");
        }
        return available(ahead + 1) ? window[next + ahead] & 0xff : -1;
    }

    /// Whether the next `count` bytes stand in [#window()] in one piece, from [#index()] on; brings
    /// them there if it can. They are not if the input ends before, or the window is too small for
    /// so many.
    ///
    /// Whoever then takes them says so by [#consume(int)]. This is how many values come out of a
    /// stream for the price of one check.
    public boolean locate(int count) throws IOException {
        return end - next >= count || (count <= window.length && fill(count));
    }

    /// Where the next byte stands in [#window()], as [#locate(int)] left it.
    public int index() {
        return next;
    }

    /// Says that the first `count` of the bytes last located have been taken.
    public void consume(int count) {
        if (count < 0 || count > end - next) {
            throw new IndexOutOfBoundsException(count + " bytes of " + (end - next));
        }
        next += count;
    }

    /// How many of the next bytes stand in [#window()] already.
    public int buffered() {
        return end - next;
    }

    /// The array that [#locate(int)] found bytes in, for looking only, until this reader is asked
    /// for anything else.
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

    /// The next `count` bytes as a new array, which grows with what really arrives.
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
        copy(
                count,
                (filled, step) ->
                        System.arraycopy(window, next, target, offset + (int) filled, step));
    }

    /// Fills a piece of memory with the next bytes.
    public void bytes(MemorySegment target) throws IOException {
        copy(
                target.byteSize(),
                (filled, step) ->
                        MemorySegment.copy(
                                MemorySegment.ofArray(window), next, target, filled, step));
    }

    /// Takes the next bytes of the window.
    @FunctionalInterface
    private interface Taker {
        void take(long filled, int step);
    }

    private void copy(long count, Taker taker) throws IOException {
        long start = position();
        long filled = 0;
        require(count);
        if (!sized() && count <= WINDOW_BYTES && !available((int) count)) {
            throw truncated(start, count);
        }
        while (filled < count) {
            if (next == end && !fill(1)) {
                throw truncated(start, count);
            }
            int step = (int) Math.min(count - filled, end - next);
            taker.take(filled, step);
            next += step;
            filled += step;
        }
    }

    /// A counted string: one length byte, then that many bytes of UTF-8. Other bytes than UTF-8 are
    /// a [CorruptException].
    public String str8() throws IOException {
        int length = peek(0);
        if (length < 0 || !available(1 + length)) {
            throw truncated(position(), Math.max(1, 1 + length));
        }
        long start = position();
        next++;
        return utf8(length, start);
    }

    /// A string of `count` bytes of UTF-8. Other bytes than UTF-8 are a [CorruptException].
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

    /// The memory of `count` bytes at an absolute offset of a seekable source, without moving; of
    /// memory and files a view, valid until this reader is closed, of ranges a copy, limited as a
    /// value is ([ReadLimits#maxBufferBytes()]).
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

    /// A reader that goes on from here over mapped bytes: this one if it is such already, else one
    /// over the rest of the pipe or the ranges, which is read to its end and kept in memory or,
    /// from [ReadLimits#maxRetainedBytes()] on, in a temporary file. Closing either closes both.
    public WireReader retained() throws IOException {
        if (mapped()) {
            return this;
        }
        MemorySegment rest = Retained.from(this);
        long origin = position() - rest.byteSize();
        return new WireReader(
                new WireSource.Memory(rest), new byte[WINDOW_BYTES], 0, origin, limits, resource);
    }

    /// A reader that goes on from here and can come back to here, until [#release()]: this one if
    /// it can seek, else one that keeps what it reads of the pipe from here on, in memory or, from
    /// [ReadLimits#maxRetainedBytes()] on, in a temporary file. It reads no further ahead than this
    /// one. Closing either closes both.
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

    /// Makes at least `count` unread bytes stand in the window, or all that are left; false if the
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
        while (end < count) {
            int got = read(windowPosition - origin + end);
            if (got < 0) {
                return false;
            }
            end += got;
        }
        return true;
    }

    private int read(long position) throws IOException {
        try {
            return source.read(position, window, end, window.length - end);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }

    /// Looks for an interrupt, and calls the listener.
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

    /// Moves up to `count` bytes to `target`; -1 at the end.
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
