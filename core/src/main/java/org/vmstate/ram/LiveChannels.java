// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The channels of a multifd migration that is being received. A thread per channel reads the
/// packets and passes on their pages.
///
/// At a synchronization point of the main channel, [#sync()] waits until every channel has come to
/// its next sync packet; the channels continue only then. Packets of pages of one page number are
/// passed on in the order in which they were sent, because a sync packet is between them.
///
/// An error in a channel is thrown by the next [#sync()], and reported to the listener at once.
/// [#sync()] and [#finish(Duration)] are called by one thread. Closing closes the channels, which
/// ends their threads; it does not wait for them.
///
/// QEMU: `multifd_recv_thread`, `multifd_recv_sync_main`.
public final class LiveChannels implements AutoCloseable {
    private final RamContext context;
    private final PageSink sink;
    private final Duration silence;
    private final Consumer<IOException> listener;
    private final List<WireReader> readers;
    private final List<Thread> threads = new ArrayList<>();
    private final Set<Integer> ids = new HashSet<>();
    private final long[] arrived;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long syncs;
    private boolean finished;
    private int running;
    private @Nullable IOException failure;

    /// Receives the pages of a packet, in any thread.
    @FunctionalInterface
    interface PageSink {
        /// A sink of the pages of a raw recording, which copies the bytes elsewhere.
        PageSink NONE = (_, _, _) -> {};

        /// Called for each packet with pages.
        ///
        /// @param pages the contents of the normal pages
        void packet(RamBlock block, MultifdPacket packet, byte[] pages) throws IOException;
    }

    private LiveChannels(
            List<WireReader> readers,
            RamContext context,
            PageSink sink,
            Duration silence,
            Consumer<IOException> listener) {
        this.readers = List.copyOf(readers);
        this.context = context;
        this.sink = sink;
        this.silence = silence;
        this.listener = listener;
        this.arrived = new long[readers.size()];
        this.running = readers.size();
    }

    /// Channels whose pages a recorder writes.
    ///
    /// @param readers the channels, in any order
    /// @param silence the longest time to wait for a sync packet
    /// @param listener receives the first error, in the thread of a channel
    public static LiveChannels joined(
            List<WireReader> readers,
            RamContext context,
            RamRecorder recorder,
            Duration silence,
            Consumer<IOException> listener) {
        return new LiveChannels(readers, context, recorder::packet, silence, listener);
    }

    /// Channels whose packets are only checked, because the readers copy their bytes.
    public static LiveChannels skipped(
            List<WireReader> readers,
            RamContext context,
            Duration silence,
            Consumer<IOException> listener) {
        return new LiveChannels(readers, context, PageSink.NONE, silence, listener);
    }

    /// Starts to read. To be called when the block list has been read, which packets refer to.
    public void start() {
        for (int i = 0; i < readers.size(); i++) {
            int index = i;
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name("vmstate-receive-channel-" + i)
                            .start(() -> run(index)));
        }
    }

    private void run(int index) {
        String label = "channel " + index;
        try {
            MultifdChannel channel = new MultifdChannel(readers.get(index), label);
            lock.lock();
            try {
                if (!ids.add(channel.id())) {
                    throw new CorruptException("a second channel number " + channel.id(), 0)
                            .within(label);
                }
                if (channel.id() >= readers.size()) {
                    throw new CorruptException(
                                    "channel number "
                                            + channel.id()
                                            + ", but there are "
                                            + readers.size()
                                            + " channels",
                                    0)
                            .within(label);
                }
            } finally {
                lock.unlock();
            }
            packets(index, channel);
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(new IOException("channel " + index + ": " + e, e));
        }
    }

    @SuppressWarnings("ReferenceEquality") // a sentinel
    private void packets(int index, MultifdChannel channel) throws IOException {
        byte[] pages = new byte[0];
        while (true) {
            DecodedPacket packet = next(channel, pages);
            if (packet.pages().length > pages.length) {
                pages = packet.pages();
            }
            IOException wrong = packet.failure();
            if (wrong != null) {
                throw wrong instanceof VMStateException e ? e.within(channel.label()) : wrong;
            }
            MultifdPacket header = packet.packet();
            if (header == null) {
                ended(channel);
                return;
            }
            if (header.deviceState() && sink != PageSink.NONE) {
                throw new UnsupportedException("device state in a multifd channel", packet.at())
                        .within(channel.label());
            }
            if (header.offsets().length > 0) {
                try {
                    sink.packet(block(header, packet.at()), header, packet.pages());
                } catch (VMStateException e) {
                    throw e.within(channel.label());
                }
            }
            if (header.sync()) {
                awaitMain(index);
            }
        }
    }

    /// Reads a packet. If neither the stream nor the packet has the page size, the usual one is
    /// assumed: looking for the next packet would wait for it.
    @SuppressWarnings("ReferenceEquality") // a sentinel
    private DecodedPacket next(MultifdChannel channel, byte[] pages) {
        PageSize size =
                context.pageSize()
                        .orElse(new PageSize(PageSize.USUAL_BYTES, PageSize.Source.ASSUMED));
        return sink == PageSink.NONE ? channel.skip(size) : channel.next(size, pages);
    }

    private RamBlock block(MultifdPacket packet, long at) throws CorruptException {
        RamBlock block = context.block(packet.block());
        if (block == null) {
            throw packet.unknownBlock(at);
        }
        packet.check(block, at);
        return block;
    }

    private void ended(MultifdChannel channel) throws EOFException {
        lock.lock();
        try {
            running--;
            if (!finished) {
                throw new EOFException(
                        channel.label() + ": the source closed it before the end of the memory");
            }
        } finally {
            changed.signalAll();
            lock.unlock();
        }
    }

    private void fail(IOException e) {
        boolean first;
        lock.lock();
        try {
            first = failure == null && !finished;
            if (first) {
                failure = e;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (first) {
            listener.accept(e);
        }
    }

    /// Stops a channel at a sync packet until the main channel comes to its synchronization point.
    private void awaitMain(int index) {
        lock.lock();
        try {
            long number = ++arrived[index];
            changed.signalAll();
            while (syncs < number && !finished) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits until every channel has come to its next sync packet, and lets them continue.
    public void sync() throws IOException {
        long deadline = System.nanoTime() + silence.toNanos();
        lock.lock();
        try {
            while (!allArrived(syncs + 1)) {
                if (failure != null) {
                    throw failure;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    throw new IOException(
                            "a multifd channel sent no sync packet for "
                                    + silence.toSeconds()
                                    + " seconds");
                }
                changed.awaitNanos(left);
            }
            syncs++;
            changed.signalAll();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        } finally {
            lock.unlock();
        }
    }

    private boolean allArrived(long number) {
        for (long count : arrived) {
            if (count < number) {
                return false;
            }
        }
        return true;
    }

    /// Lets the channels continue to their ends, which the source sends after the stream has ended.
    ///
    /// @param limit the longest time to wait for the ends
    public void finish(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            finished = true;
            changed.signalAll();
            for (long left = limit.toNanos();
                    running > 0 && left > 0;
                    left = deadline - System.nanoTime()) {
                changed.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// The number of bytes received in all channels.
    public long received() {
        return readers.stream().mapToLong(WireReader::position).sum();
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            finished = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (WireReader reader : readers) {
            reader.close();
        }
    }
}
