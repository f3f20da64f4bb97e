// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.vmstate.internal.file.ScratchFile;

/// A temporary file that keeps consecutive bytes of a pipe. It disappears when it is closed or the
/// program ends, even if the program is killed.
///
/// Pieces that consist only of zeros are holes, which take no space and do not count towards
/// [ReadLimits#maxTemporaryBytes()].
final class TemporaryFile implements Closeable {
    private static final byte[] ZEROS = new byte[1 << 16];

    private final FileChannel file;
    private final ReadLimits limits;
    private long length;
    private long written;

    private TemporaryFile(FileChannel file, ReadLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    static TemporaryFile create(ReadLimits limits) throws IOException {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        return new TemporaryFile(ScratchFile.open(folder), limits);
    }

    /// Appends the first `count` bytes of an array.
    ///
    /// @param offset the absolute offset after them, for errors
    void append(byte[] bytes, int count, long offset) throws IOException {
        for (int from = 0; from < count; ) {
            int step = Math.min(ZEROS.length, count - from);
            if (!Arrays.equals(bytes, from, from + step, ZEROS, 0, step)) {
                limits.checkTemporary(written + step, offset);
                ByteBuffer buffer = ByteBuffer.wrap(bytes, from, step);
                while (buffer.hasRemaining()) {
                    file.write(buffer, length + buffer.position() - from);
                }
                written += step;
            }
            length += step;
            from += step;
        }
    }

    /// Copies bytes at `position` to `target` and returns their number, at least one. `position`
    /// must be before the end of the appended bytes.
    int read(ByteBuffer target, long position) throws IOException {
        int got = file.read(target, position);
        if (got > 0) {
            return got;
        }
        // The file ends before the last hole.
        int count = (int) Math.min(ZEROS.length, Math.min(target.remaining(), length - position));
        target.put(ZEROS, 0, count);
        return count;
    }

    /// Returns all bytes as memory that remains valid after this is closed.
    MemorySegment map() throws IOException {
        if (file.size() < length) {
            file.write(ByteBuffer.allocate(1), length - 1);
        }
        return file.map(FileChannel.MapMode.READ_ONLY, 0, length, Arena.ofAuto());
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
