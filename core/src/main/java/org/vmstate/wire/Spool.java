// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The rest of a pipe, of which the bytes from some position on are kept so that they can be read
/// again.
///
/// Bytes are read from the pipe on demand, never more than one read of the pipe returns. They are
/// kept in memory if they are few, otherwise in a temporary file, until [#release()] is called
/// because they will not be read again.
final class Spool implements RangeSource {
    private static final int CHUNK_BYTES = 1 << 16;
    private static final long MAX_ARRAY = Integer.MAX_VALUE - 8;

    /// When memory is full, dropped bytes are removed from it if at least one of this number of
    /// bytes was dropped; otherwise the bytes are moved to a file.
    private static final int MIN_DROPPED = 8;

    private final WireReader pipe;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private byte[] memory = new byte[CHUNK_BYTES];
    private @Nullable TemporaryFile file;

    /// The position of the first kept byte.
    private long start;

    /// The position of the first byte in the file or in memory, at most [#start]. Dropped bytes are
    /// removed from memory when they are as many as the kept ones, or when it is full, so that each
    /// byte is moved only a few times.
    private long base;

    /// The position after the last byte read from the pipe.
    private long end;

    private boolean keeping = true;
    private boolean ended;

    /// Creates a spool that keeps the bytes read from `pipe` from now on; position 0 is its next
    /// byte.
    Spool(WireReader pipe) {
        this.pipe = pipe;
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        while (position >= end) {
            if (!(keeping ? more() : pass(position, target))) {
                return -1;
            }
            if (position < end && position < start) {
                return (int) (end - position);
            }
        }
        if (position < start) {
            throw new IllegalStateException("position " + position + " was released");
        }
        int count = (int) Math.min(target.remaining(), end - position);
        TemporaryFile kept = file;
        if (kept == null) {
            target.put(memory, (int) (position - base), count);
            return count;
        }
        int got = kept.read(target.slice(target.position(), count), position - base);
        target.position(target.position() + got);
        return got;
    }

    /// Reads more bytes from the pipe and keeps them; returns false at its end.
    private boolean more() throws IOException {
        int got = take(chunk, 0, chunk.length);
        if (got < 0) {
            return false;
        }
        long limit = pipe.limits().maxRetainedBytes();
        if (file == null && end - base > limit && start - base >= (end - base) / MIN_DROPPED) {
            compact((int) (end - got - start));
        }
        int held = (int) Math.min(Integer.MAX_VALUE, end - got - base);
        if (file == null && end - base > limit) {
            file = TemporaryFile.create(pipe.limits());
            file.append(memory, held, pipe.position());
        }
        if (file != null) {
            file.append(chunk, got, pipe.position());
        } else {
            if (held + got > memory.length) {
                memory =
                        Arrays.copyOf(
                                memory,
                                (int)
                                        Math.min(
                                                MAX_ARRAY,
                                                Math.max((long) held + got, 2L * memory.length)));
            }
            System.arraycopy(chunk, 0, memory, held, got);
        }
        return true;
    }

    /// Reads more bytes from the pipe without keeping them: drops those before `position` and
    /// copies the others to `target`; returns false at its end.
    private boolean pass(long position, ByteBuffer target) throws IOException {
        int got;
        if (position > end) {
            got = take(chunk, 0, (int) Math.min(chunk.length, position - end));
        } else {
            int at = target.arrayOffset() + target.position();
            got = take(target.array(), at, target.remaining());
            target.position(target.position() + Math.max(got, 0));
        }
        start = end;
        base = end;
        discard();
        return got >= 0;
    }

    private int take(byte[] bytes, int offset, int count) throws IOException {
        int got = ended ? -1 : pipe.some(bytes, offset, count);
        ended = got < 0;
        end += Math.max(got, 0);
        return got;
    }

    /// Stops keeping bytes; bytes already kept are dropped after they have been read.
    void release() {
        keeping = false;
    }

    /// Starts to keep the bytes from `position` on, and drops those before it.
    ///
    /// @param window contains the `count` bytes at `position`, which have been read already, from
    ///   index `from` on
    void keep(long position, byte[] window, int from, int count) throws IOException {
        keeping = true;
        if (position < start) {
            // These bytes were read without being kept, and are the last ones read.
            start = position;
            base = position;
            memory = Arrays.copyOfRange(window, from, from + Math.max(count, CHUNK_BYTES));
            return;
        }
        start = position;
        int left = (int) Math.min(Integer.MAX_VALUE, end - position);
        if (file == null) {
            if (start - base >= left) {
                compact(left);
            }
        } else if (left <= CHUNK_BYTES) {
            ByteBuffer rest = ByteBuffer.allocate(CHUNK_BYTES).limit(left);
            while (rest.hasRemaining()) {
                file.read(rest, position - base + rest.position());
            }
            memory = rest.array();
            base = position;
            discard();
        }
    }

    /// Removes the dropped bytes from memory, which contains `left` kept ones.
    private void compact(int left) {
        System.arraycopy(memory, (int) (start - base), memory, 0, left);
        base = start;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
        discard();
        pipe.close();
    }

    /// Discards the kept bytes, which must not be read again.
    void discard() {
        TemporaryFile old = file;
        file = null;
        if (old != null) {
            try {
                old.close();
            } catch (IOException e) {
                // The error only affects scratch space.
            }
        }
    }
}
