// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;

/// A channel to the destination of a relay: limits the bandwidth, and copies what was written.
final class RelayOutlet implements WritableByteChannel {
    private static final int PIECE_BYTES = 1 << 16;

    private final ByteChannel target;
    private final @Nullable WritableByteChannel copy;
    private final Rate rate;
    private final AtomicLong written = new AtomicLong();

    /// A limit on the bandwidth that several channels share.
    static final class Rate {
        private final OptionalLong bytesPerSecond;
        private long free = System.nanoTime();

        Rate(OptionalLong bytesPerSecond) {
            this.bytesPerSecond = bytesPerSecond;
        }

        /// The largest piece that is sent at once.
        int piece(int bytes) {
            return bytesPerSecond.isEmpty() ? bytes : Math.min(bytes, PIECE_BYTES);
        }

        /// Waits until this number of bytes can be sent.
        void await(int bytes) throws CancelledException {
            if (bytesPerSecond.isEmpty()) {
                return;
            }
            long wait;
            synchronized (this) {
                long now = System.nanoTime();
                long start = Math.max(now, free);
                free = start + (long) (bytes * 1e9 / bytesPerSecond.getAsLong());
                wait = start - now;
            }
            try {
                TimeUnit.NANOSECONDS.sleep(wait);
            } catch (InterruptedException e) {
                throw CancelledException.of(e);
            }
        }
    }

    RelayOutlet(ByteChannel target, @Nullable WritableByteChannel copy, Rate rate) {
        this.target = target;
        this.copy = copy;
        this.rate = rate;
    }

    /// The number of bytes written.
    long written() {
        return written.get();
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // written by one thread
    public int write(ByteBuffer source) throws IOException {
        int all = source.remaining();
        while (source.hasRemaining()) {
            int piece = rate.piece(source.remaining());
            rate.await(piece);
            ByteBuffer part = source.slice(source.position(), piece);
            fully(target, part.duplicate());
            if (copy != null) {
                fully(copy, part);
            }
            source.position(source.position() + piece);
            written.addAndGet(piece);
        }
        return all;
    }

    private static void fully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public boolean isOpen() {
        return target.isOpen();
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
