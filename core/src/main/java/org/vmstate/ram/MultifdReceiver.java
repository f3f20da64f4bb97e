// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;

/// The multifd channels of a [GuestMemoryLoader] in a live migration: each has a thread, which
/// reads pages into guest memory.
///
/// A packet is checked before its pages are written. A channel stops at its sync packet until the
/// main channel has reached the sync point, and the main channel waits there for all channels. The
/// sync points are the flush records if the START body has one, and the ends of the bodies
/// otherwise.
///
/// If a channel fails, all channels are closed, the main one too, so that no thread waits for a
/// peer. [#failure()] is the reason; the loader throws it.
///
/// [#close()] may be called by any thread. QEMU: `multifd_recv_thread`, `multifd_recv_sync_main`.
public final class MultifdReceiver implements AutoCloseable {
    private final List<? extends ReadableByteChannel> sockets;
    private final AutoCloseable main;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Thread> threads = new ArrayList<>();
    private final BitSet numbers = new BitSet();
    private @Nullable IOException failure;
    private boolean closed;

    /// The number of channels that wait at a sync packet, and of those that have ended.
    private int waiting;

    private int ended;

    /// The number of sync points that the main channel has reached.
    private long syncPoints;

    private MultifdReceiver(List<? extends ReadableByteChannel> channels, AutoCloseable main) {
        this.sockets = List.copyOf(channels);
        this.main = main;
    }

    /// Creates the channels, in any order. Nothing is read until the loader has read the block
    /// list.
    ///
    /// @param main the main channel, which is closed if one of the others fails
    /// @throws IllegalArgumentException if there is no channel, or more than
    ///   [MultifdSender#MAX_CHANNELS]
    public static MultifdReceiver of(
            List<? extends ReadableByteChannel> channels, AutoCloseable main) {
        if (channels.isEmpty() || channels.size() > MultifdSender.MAX_CHANNELS) {
            throw new IllegalArgumentException(channels.size() + " multifd channels");
        }
        return new MultifdReceiver(channels, main);
    }

    /// Returns why the channels failed.
    public Optional<IOException> failure() {
        lock.lock();
        try {
            return Optional.ofNullable(failure);
        } finally {
            lock.unlock();
        }
    }

    /// Starts the threads.
    ///
    /// @param blocks the blocks by their names
    void start(Map<String, BlockMemory> blocks, PageSize pageSize) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            for (ReadableByteChannel socket : sockets) {
                MultifdInput input = new MultifdInput(socket, blocks, pageSize);
                String label = "multifd channel " + threads.size();
                threads.add(
                        Thread.ofPlatform()
                                .daemon()
                                .name("vmstate-" + label)
                                .start(() -> run(input, label)));
            }
        } finally {
            lock.unlock();
        }
    }

    private void run(MultifdInput input, String connection) {
        String label = connection;
        try (input) {
            int number = input.hello(sockets.size());
            label = "multifd channel " + number;
            register(number);
            long passed = 0;
            while (input.next()) {
                if (input.atSync()) {
                    passed++;
                    if (!await(passed)) {
                        return;
                    }
                }
            }
            lock.lock();
            try {
                ended++;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        } catch (VMStateException e) {
            fail(e.within(label));
        } catch (IOException e) {
            fail(new IOException(label + ": " + e.getMessage(), e));
        } catch (RuntimeException | Error e) {
            fail(new IOException(label + ": a bug: " + e, e));
        }
    }

    private void register(int number) throws CorruptException {
        lock.lock();
        try {
            if (numbers.get(number)) {
                throw new CorruptException("a second channel number " + number, 0);
            }
            numbers.set(number);
        } finally {
            lock.unlock();
        }
    }

    /// Waits in a channel's thread for a sync point; returns false if the channels were closed.
    private boolean await(long syncPoint) {
        lock.lock();
        try {
            waiting++;
            changed.signalAll();
            while (syncPoints < syncPoint && !closed && failure == null) {
                changed.awaitUninterruptibly();
            }
            return !closed && failure == null;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until each channel is at a sync packet, and lets them continue.
    ///
    /// @param offset the offset of the sync point, for errors
    void sync(long offset) throws IOException {
        lock.lock();
        try {
            while (waiting < sockets.size()) {
                check();
                if (ended > 0) {
                    throw new CorruptException(
                            "a multifd channel has ended before its sync packet", offset);
                }
                changed.await();
            }
            check();
            waiting = 0;
            syncPoints++;
            changed.signalAll();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        } finally {
            lock.unlock();
        }
    }

    private void check() throws IOException {
        if (failure != null) {
            throw failure;
        }
        if (closed) {
            throw new IOException("the multifd channels are closed");
        }
    }

    /// Returns the reason of an exception of the main channel: the failure of a channel, if there
    /// is one, with the other exception suppressed.
    @SuppressWarnings("ReferenceEquality") // the failure itself may be what was thrown
    IOException reason(IOException thrown) {
        lock.lock();
        try {
            IOException first = failure;
            if (first == null || first == thrown) {
                return thrown;
            }
            first.addSuppressed(thrown);
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void fail(IOException e) {
        lock.lock();
        try {
            if (failure != null || closed) {
                return;
            }
            failure = e;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        closeAll(e);
    }

    private void closeAll(@Nullable IOException reason) {
        try {
            main.close();
        } catch (Exception e) {
            if (reason != null) {
                reason.addSuppressed(e);
            }
        }
        closeSockets(reason);
    }

    private void closeSockets(@Nullable IOException reason) {
        for (ReadableByteChannel socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                if (reason != null) {
                    reason.addSuppressed(e);
                }
            }
        }
    }

    /// Closes the channels, but not the main one, and waits for the threads to end.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        closeSockets(null);
        Threads.join(threads);
    }
}
