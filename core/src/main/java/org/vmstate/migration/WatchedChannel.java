// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A channel that counts its bytes and knows since when a read or write waits.
///
/// It may be read by one thread and written by another one; any thread may ask and close.
final class WatchedChannel implements GatheringByteChannel, ScatteringByteChannel {
    /// No read or write waits.
    private static final long IDLE = Long.MIN_VALUE;

    private static final int JOINED_BYTES = 1 << 16;

    private final ByteChannel channel;

    /// The bytes of several buffers, for a channel that does not gather; used by the writing
    /// thread.
    private @Nullable ByteBuffer joined;

    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();
    private volatile long readingSince = IDLE;
    private volatile long writingSince = IDLE;

    WatchedChannel(ByteChannel channel) {
        this.channel = channel;
    }

    /// The number of bytes that were read.
    long bytesRead() {
        return bytesRead.get();
    }

    /// The number of bytes that the channel has accepted.
    long bytesWritten() {
        return bytesWritten.get();
    }

    /// The time in nanoseconds for which a read has waited; 0 if none does.
    long readWait() {
        return waited(readingSince);
    }

    /// The time in nanoseconds for which a write has waited; 0 if none does.
    long writeWait() {
        return waited(writingSince);
    }

    private static long waited(long since) {
        return since == IDLE ? 0 : Math.max(0, System.nanoTime() - since);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        readingSince = System.nanoTime();
        try {
            return (int) wasRead(channel.read(target));
        } finally {
            readingSince = IDLE;
        }
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        if (!(channel instanceof ScatteringByteChannel scattering)) {
            ByteBuffer first = firstWithRoom(targets, offset, length);
            return first == null ? 0 : read(first);
        }
        readingSince = System.nanoTime();
        try {
            return wasRead(scattering.read(targets, offset, length));
        } finally {
            readingSince = IDLE;
        }
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        writingSince = System.nanoTime();
        try {
            return (int) wasWritten(channel.write(source));
        } finally {
            writingSince = IDLE;
        }
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        if (!(channel instanceof GatheringByteChannel gathering)) {
            return writeJoined(sources, offset, length);
        }
        writingSince = System.nanoTime();
        try {
            return wasWritten(gathering.write(sources, offset, length));
        } finally {
            writingSince = IDLE;
        }
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    /// Writes the beginning of several buffers at once, since each write of a channel such as one
    /// with TLS is a record of its own.
    private long writeJoined(ByteBuffer[] sources, int offset, int length) throws IOException {
        ByteBuffer bytes = joined;
        if (bytes == null) {
            bytes = ByteBuffer.allocate(JOINED_BYTES);
            joined = bytes;
        }
        bytes.clear();
        for (int i = offset; i < offset + length && bytes.hasRemaining(); i++) {
            int count = Math.min(bytes.remaining(), sources[i].remaining());
            bytes.put(bytes.position(), sources[i], sources[i].position(), count);
            bytes.position(bytes.position() + count);
            sources[i].position(sources[i].position() + count);
        }
        bytes.flip();
        long count = bytes.remaining();
        while (bytes.hasRemaining()) {
            write(bytes);
        }
        return count;
    }

    private long wasRead(long count) {
        if (count > 0) {
            bytesRead.addAndGet(count);
        }
        return count;
    }

    private long wasWritten(long count) {
        bytesWritten.addAndGet(count);
        return count;
    }

    private static @Nullable ByteBuffer firstWithRoom(
            ByteBuffer[] buffers, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (buffers[i].hasRemaining()) {
                return buffers[i];
            }
        }
        return null;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
