// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The rest of a pipe, kept from some position on so that it can be read again.
///
/// Bytes are taken from the pipe as they are asked for, never more than one read of the pipe
/// returns. They are kept in memory while they are few, in a temporary file when they are not,
/// until [#release()] says that nobody goes back any more.
final class Spool implements RangeSource {
    private static final int CHUNK_BYTES = 1 << 16;

    private final WireReader pipe;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private byte[] memory = new byte[CHUNK_BYTES];
    private @Nullable TemporaryFile file;

    /// The position of the first byte kept, and of the first of the file or of the memory.
    private long start;

    /// The position behind the last byte taken from the pipe.
    private long end;

    private boolean keeping = true;
    private boolean ended;

    /// Keeps what `pipe` reads from here on; position 0 is its next byte.
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
            target.put(memory, (int) (position - start), count);
            return count;
        }
        int got = kept.read(target.slice(target.position(), count), position - start);
        target.position(target.position() + got);
        return got;
    }

    /// Takes some more bytes from the pipe and keeps them; false at its end.
    private boolean more() throws IOException {
        int got = take(chunk, 0, chunk.length);
        if (got < 0) {
            return false;
        }
        long kept = end - start - got;
        if (file == null && kept + got > pipe.limits().maxRetainedBytes()) {
            file = TemporaryFile.create(pipe.limits());
            file.append(memory, (int) kept, pipe.position());
        }
        if (file != null) {
            file.append(chunk, got, pipe.position());
        } else {
            if (kept + got > memory.length) {
                memory = Arrays.copyOf(memory, (int) Math.max(kept + got, 2L * memory.length));
            }
            System.arraycopy(chunk, 0, memory, (int) kept, got);
        }
        return true;
    }

    /// Takes some more bytes from the pipe without keeping them: those before `position` are
    /// dropped, those from it on put to `target`; false at its end.
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
        closeFile();
        return got >= 0;
    }

    private int take(byte[] bytes, int offset, int count) throws IOException {
        int got = ended ? -1 : pipe.some(bytes, offset, count);
        ended = got < 0;
        end += Math.max(got, 0);
        return got;
    }

    /// Keeps no more from now on; what is kept is dropped once it has been read.
    void release() {
        keeping = false;
    }

    /// Keeps bytes again from `position` on, and drops those before it.
    ///
    /// @param window the `count` bytes from `from` on are those at `position`, read already
    void keep(long position, byte[] window, int from, int count) throws IOException {
        keeping = true;
        if (position < start) {
            // They went by without being kept, and no others behind them.
            start = position;
            memory = Arrays.copyOfRange(window, from, from + Math.max(count, CHUNK_BYTES));
            return;
        }
        int left = (int) Math.min(Integer.MAX_VALUE, end - position);
        if (file == null) {
            System.arraycopy(memory, (int) (position - start), memory, 0, left);
            start = position;
        } else if (left <= CHUNK_BYTES) {
            ByteBuffer rest = ByteBuffer.allocate(CHUNK_BYTES).limit(left);
            while (rest.hasRemaining()) {
                file.read(rest, position - start + rest.position());
            }
            memory = rest.array();
            start = position;
            closeFile();
        }
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.empty();
    }

    @Override
    public void close() throws IOException {
        closeFile();
        pipe.close();
    }

    private void closeFile() {
        TemporaryFile old = file;
        file = null;
        if (old != null) {
            try {
                old.close();
            } catch (IOException e) {
                // Only scratch space is lost.
            }
        }
    }
}
