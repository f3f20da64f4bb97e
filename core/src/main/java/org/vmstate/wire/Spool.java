// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
    private byte[] memory = new byte[CHUNK_BYTES];
    private @Nullable FileChannel file;

    /// The position of the first byte kept.
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
        if (position < start) {
            throw new IllegalStateException("position " + position + " was released");
        }
        while (position >= end) {
            if (!keeping && position == end) {
                int got =
                        pipe.some(
                                target.array(),
                                target.arrayOffset() + target.position(),
                                target.remaining());
                ended |= got < 0;
                target.position(target.position() + Math.max(got, 0));
                end += Math.max(got, 0);
                start = end;
                return got;
            }
            if (!more()) {
                return -1;
            }
        }
        int count = (int) Math.min(target.remaining(), end - position);
        FileChannel kept = file;
        if (kept == null) {
            target.put(memory, (int) (position - start), count);
            return count;
        }
        ByteBuffer part = target.slice(target.position(), count);
        int got = kept.read(part, position - start);
        if (got <= 0) {
            throw new IOException("the temporary file of a pipe has become shorter");
        }
        target.position(target.position() + got);
        return got;
    }

    /// Takes some more bytes from the pipe; false at its end.
    private boolean more() throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        int got = ended ? -1 : pipe.some(chunk, 0, chunk.length);
        if (got < 0) {
            ended = true;
            return false;
        }
        int kept = (int) Math.min(Integer.MAX_VALUE, end - start);
        if (file == null && (long) kept + got > pipe.limits().maxRetainedBytes()) {
            file = temporaryFile();
            write(file, memory, kept, 0);
        }
        FileChannel into = file;
        if (into != null) {
            write(into, chunk, got, end - start);
        } else {
            if (kept + got > memory.length) {
                memory = Arrays.copyOf(memory, Math.max(kept + got, 2 * memory.length));
            }
            System.arraycopy(chunk, 0, memory, kept, got);
        }
        end += got;
        return true;
    }

    private static FileChannel temporaryFile() throws IOException {
        Path path = Files.createTempFile("vmstate", ".pipe");
        return FileChannel.open(
                path,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    private static void write(FileChannel file, byte[] bytes, int count, long at)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, count);
        while (buffer.hasRemaining()) {
            file.write(buffer, at + buffer.position());
        }
    }

    /// Keeps no more from now on; what is kept is dropped once it has been read.
    void release() {
        keeping = false;
    }

    /// Keeps bytes again: the `count` bytes that were read last and not used yet, and all that
    /// follow.
    void keep(byte[] bytes, int from, int count) {
        if (!keeping && start == end) {
            start = end - count;
            memory = Arrays.copyOfRange(bytes, from, from + Math.max(count, CHUNK_BYTES));
            closeFile();
        }
        keeping = true;
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
        FileChannel old = file;
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
