// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ReadableByteChannel;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.stream.Footers;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bytes of a source that is migrating, of which parts are copied to an output as they are.
///
/// A thread reads the channel into a ring of 1 MiB, from which one other thread reads, so that the
/// source is read while the output is written. The ring keeps the last bytes that were read, so
/// that a part whose beginning was read already can still be copied.
///
/// A read that waits longer than the limit for a byte fails, and so does one that is interrupted.
/// Closing it closes the channel and ends the thread.
final class LiveInput implements ReadableByteChannel {
    private static final int CAPACITY = 1 << 20;

    /// The number of bytes that are copied at once while a large body passes.
    private static final int COPY_BYTES = 1 << 18;

    /// The number of bytes that remain in the ring after they were read.
    private static final int KEPT_BYTES = 1 << 18;

    private final ReadableByteChannel channel;
    private final WireWriter output;
    private final Duration silence;
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment ring = arena.allocate(CAPACITY, 64);
    private final ByteBuffer bytes = ring.asByteBuffer();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /// The number of bytes read from the channel.
    private volatile long received;

    /// The number of bytes that were read from this.
    private long given;

    /// The number of bytes that were copied or dropped.
    private volatile long settled;

    private volatile boolean waiting;
    private volatile boolean ended;
    private volatile boolean closed;
    private volatile @Nullable IOException failure;
    private @Nullable WireReader copying;
    private @Nullable Quiet quiet;
    private boolean concluded;

    /// A rule that takes silence for the end of the stream.
    ///
    /// @param after the silence
    /// @param complete whether the stream may have ended with the last byte that was received
    private record Quiet(Duration after, BooleanSupplier complete) {}

    /// Starts to read a channel.
    ///
    /// @param output the writer to which bytes are copied
    /// @param silence the longest time to wait for a byte
    LiveInput(ReadableByteChannel channel, WireWriter output, Duration silence, String name) {
        this.channel = channel;
        this.output = output;
        this.silence = silence;
        Thread.ofPlatform().daemon().name(name).start(this::receive);
    }

    private void receive() {
        try {
            while (true) {
                long at = received;
                int free = awaitRoom(at);
                if (free < 0) {
                    return;
                }
                int from = (int) (at % CAPACITY);
                int most = Math.min(Math.min(free, CAPACITY - from), COPY_BYTES);
                int count = channel.read(bytes.slice(from, most));
                lock.lock();
                try {
                    if (count < 0) {
                        ended = true;
                    } else {
                        received = at + count;
                    }
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
                if (count < 0) {
                    return;
                }
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    /// Waits until the ring has room; returns the number of free bytes, or -1 if this was closed.
    private int awaitRoom(long at) {
        int free = (int) (CAPACITY - (at - settled));
        if (free > 0) {
            return closed ? -1 : free;
        }
        lock.lock();
        try {
            waiting = true;
            while (at - settled == CAPACITY && !closed) {
                changed.awaitUninterruptibly();
            }
            waiting = false;
            return closed ? -1 : (int) (CAPACITY - (at - settled));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        WireReader part = copying;
        if (part != null && part.position() - settled >= COPY_BYTES) {
            copyTo(part.position());
        }
        if (!awaitBytes()) {
            return -1;
        }
        int from = (int) (given % CAPACITY);
        int count = (int) Math.min(Math.min(target.remaining(), received - given), CAPACITY - from);
        target.put(bytes.slice(from, count));
        given += count;
        return count;
    }

    /// Waits for a byte; returns false at the end.
    private boolean awaitBytes() throws IOException {
        while (received == given) {
            if (concluded) {
                return false;
            }
            if (given - settled == CAPACITY) {
                makeRoom();
                continue;
            }
            lock.lock();
            try {
                if (received > given) {
                    return true;
                }
                IOException failed = failure;
                if (failed != null) {
                    throw failed;
                }
                if (ended) {
                    return false;
                }
                await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                CancelledException.throwIfInterrupted();
            } finally {
                lock.unlock();
            }
        }
        return true;
    }

    /// Waits for a change, at most as long as the source may be silent.
    @SuppressWarnings("WaitNotInLoop") // the caller waits in a loop
    private void await() throws IOException, InterruptedException {
        Quiet rule = quiet;
        long left = silence.toNanos();
        if (rule != null) {
            long first = Math.min(left, rule.after().toNanos());
            if (changed.awaitNanos(first) > 0) {
                return;
            }
            if (received == given && !ended && failure == null && rule.complete().getAsBoolean()) {
                concluded = true;
                return;
            }
            left -= first;
        }
        if (left <= 0 || changed.awaitNanos(left) <= 0) {
            if (received == given && !ended && failure == null) {
                throw new IOException(
                        "the source sent nothing for " + silence.toSeconds() + " seconds");
            }
        }
    }

    /// Makes room in the ring: copies what was read of the part that is copied, or drops all but
    /// the last bytes.
    private void makeRoom() throws IOException {
        WireReader part = copying;
        if (part == null) {
            settle(given - KEPT_BYTES);
        } else {
            copyTo(part.position());
        }
    }

    /// Begins to copy a part while it is read; drops the bytes before it.
    ///
    /// @param start the position of the part's first byte, at most 256 KiB before the last byte
    ///   that was read
    /// @param in the reader of the part
    void copy(long start, WireReader in) {
        if (start < settled) {
            throw new IllegalStateException("byte " + start + " is no longer kept");
        }
        settle(start);
        copying = in;
    }

    /// Ends the part that is copied before the next byte to read.
    void copied() throws IOException {
        WireReader part = copying;
        if (part != null) {
            copyTo(part.position());
            copying = null;
        }
    }

    /// Takes silence for the end of the stream from now on.
    ///
    /// @param complete whether the stream may have ended with the last byte that was received
    void endsWithSilence(Duration after, BooleanSupplier complete) {
        quiet = new Quiet(after, complete);
    }

    private synchronized void copyTo(long position) throws IOException {
        while (settled < position) {
            int from = (int) (settled % CAPACITY);
            int count = (int) Math.min(Math.min(position - settled, CAPACITY - from), COPY_BYTES);
            output.bytes(ring.asSlice(from, count));
            settle(settled + count);
        }
    }

    private void settle(long position) {
        settled = position;
        if (waiting) {
            lock.lock();
            try {
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Whether the stream may have ended with the last byte: it is an end of stream, and follows a
    /// footer if sections have footers.
    boolean endsLikeAStream(Footers footers) {
        return last(0) == StreamTags.END_OF_STREAM
                && (footers == Footers.ABSENT
                        || last(StreamTags.FOOTER_BYTES) == StreamTags.SECTION_FOOTER);
    }

    /// Lets reads fail as soon as the bytes that were received have been read. The first reason
    /// counts.
    void fail(IOException reason) {
        lock.lock();
        try {
            if (failure == null) {
                failure = reason;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// The number of bytes received.
    long received() {
        return received;
    }

    /// Whether the source has closed the connection.
    boolean ended() {
        return ended;
    }

    /// The byte at distance `back` before the last one that was received; -1 if there is none.
    private int last(int back) {
        long at = received - 1 - back;
        return at < 0 ? -1 : bytes.get((int) (at % CAPACITY)) & 0xff;
    }

    /// Waits until the source closes the connection or sends a byte, or a time has passed.
    void awaitEnd(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            while (received == given && !ended && failure == null) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// Drops what the source sends until it closes the connection, or a time has passed.
    void drain(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            while (!ended && failure == null) {
                given = received;
                settle(given);
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return;
                }
                changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        fail(new AsynchronousCloseException());
        channel.close();
    }
}
