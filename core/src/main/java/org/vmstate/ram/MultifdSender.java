// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;

/// The multifd channels of a [LiveMemorySaver]: each has a thread, which reads pages from guest
/// memory and writes them.
///
/// A channel that fails ends the whole: the exception is thrown by the next call of the saver, also
/// one that waits.
///
/// The methods may be called by one thread at a time, except that [#close()] may be called by any.
/// Closing closes the channels and waits for the threads to end. QEMU: `multifd_send_setup`,
/// `multifd_send_thread`.
public final class MultifdSender implements AutoCloseable {
    /// The number of channels that a migration may have.
    public static final int MAX_CHANNELS = 255;

    private static final int PACKETS_PER_CHANNEL = 2;

    private final List<? extends WritableByteChannel> sockets;
    private final RamFormat format;
    private final MultifdForm form;
    private final UUID machine;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Channel> channels = new ArrayList<>();
    private final ArrayDeque<Packet> free = new ArrayDeque<>();
    private @Nullable IOException failure;
    private boolean closed;

    /// The number of packets that were queued and not yet written.
    private int queued;

    private long pages;
    private long zeroPages;
    private long bytes;

    /// The packet that is being filled.
    private @Nullable Packet filling;

    private int next;
    private long number;

    private MultifdSender(
            List<? extends WritableByteChannel> sockets,
            RamFormat format,
            MultifdForm form,
            UUID machine) {
        this.sockets = List.copyOf(sockets);
        this.format = format;
        this.form = form;
        this.machine = machine;
    }

    /// Creates the channels, which are in the order of their numbers. Nothing is written until the
    /// saver starts.
    ///
    /// @param format one of those with channels
    /// @param machine the UUID of the machine, or 0 if it has none
    /// @throws IllegalArgumentException if there is no channel, or more than [#MAX_CHANNELS]
    public static MultifdSender of(
            List<? extends WritableByteChannel> channels,
            RamFormat format,
            MultifdForm form,
            UUID machine) {
        if (channels.isEmpty() || channels.size() > MAX_CHANNELS) {
            throw new IllegalArgumentException(channels.size() + " multifd channels");
        }
        if (!format.multifd()) {
            throw new IllegalArgumentException(format + " has no channels");
        }
        return new MultifdSender(channels, format, form, machine);
    }

    MultifdForm form() {
        return form;
    }

    /// Starts the threads, which write the hello of each channel.
    ///
    /// @throws IllegalArgumentException if the page size is too small for the format
    void start(int pageSize) throws IOException {
        if (pageSize < format.minPageSize()) {
            throw new IllegalArgumentException("pages of " + pageSize + " bytes with " + format);
        }
        for (WritableByteChannel socket : sockets) {
            int id = channels.size();
            channels.add(
                    new Channel(
                            "multifd channel " + id,
                            new MultifdOutput(
                                    socket, format, pageSize, new MultifdHello(machine, id)),
                            pageSize));
            for (int i = 0; i < PACKETS_PER_CHANNEL; i++) {
                free.add(new Packet(MultifdPacket.PACKET_BYTES / pageSize));
            }
        }
        channels.forEach(channel -> channel.thread.start());
    }

    /// Pages of one block.
    private static final class Packet {
        private final long[] offsets;
        private @Nullable BlockMemory memory;
        private int count;
        private long number;

        /// The contents of the pages, if only the saver's thread may read the memory.
        private byte[] copy = new byte[0];

        Packet(int room) {
            this.offsets = new long[room];
        }
    }

    /// Adds a page, whose content is read until [#sync()] returns, or until the saver ends.
    @SuppressWarnings("ReferenceEquality") // one BlockMemory per block
    void page(BlockMemory memory, long offset, int pageSize) throws IOException {
        Packet packet = filling;
        if (packet != null && (packet.memory != memory || packet.count == packet.offsets.length)) {
            handOver();
            packet = null;
        }
        if (packet == null) {
            packet = take();
            packet.memory = memory;
            packet.count = 0;
            filling = packet;
        }
        if (!memory.isShared()) {
            if (packet.copy.length == 0) {
                packet.copy = new byte[MultifdPacket.PACKET_BYTES];
            }
            memory.read(offset, packet.copy, packet.count * pageSize, pageSize);
        }
        packet.offsets[packet.count++] = offset;
    }

    /// Writes all pages, then a sync packet to each channel, which is on its way when this method
    /// returns. The caller then writes the sync point to the main channel and flushes it.
    void sync() throws IOException {
        handOver();
        drain();
        lock.lock();
        try {
            for (Channel channel : channels) {
                channel.queue(sync(number++));
            }
        } finally {
            lock.unlock();
        }
    }

    private static Packet sync(long number) {
        Packet packet = new Packet(0);
        packet.number = number;
        return packet;
    }

    /// Waits until everything was written.
    void drain() throws IOException {
        lock.lock();
        try {
            while (queued > 0) {
                check();
                await();
            }
            check();
        } finally {
            lock.unlock();
        }
    }

    /// The numbers of what the channels sent so far.
    LiveMemorySaver.Counters counters() {
        lock.lock();
        try {
            return new LiveMemorySaver.Counters(pages, zeroPages, 0, bytes, 0);
        } finally {
            lock.unlock();
        }
    }

    private Packet take() throws IOException {
        lock.lock();
        try {
            while (free.isEmpty()) {
                check();
                await();
            }
            check();
            return free.remove();
        } finally {
            lock.unlock();
        }
    }

    private void handOver() {
        Packet packet = filling;
        if (packet == null) {
            return;
        }
        filling = null;
        packet.number = number++;
        lock.lock();
        try {
            Channel best = channels.get(next);
            for (int i = 1; i < channels.size(); i++) {
                Channel other = channels.get((next + i) % channels.size());
                if (other.queue.size() < best.queue.size()) {
                    best = other;
                }
            }
            next = (next + 1) % channels.size();
            best.queue(packet);
        } finally {
            lock.unlock();
        }
    }

    private void check() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        if (closed) {
            throw new IOException("the multifd channels are closed");
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the callers wait in a loop
    private void await() throws CancelledException {
        try {
            changed.await();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        }
    }

    /// Closes the channels and waits for the threads to end.
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        IOException thrown = null;
        for (WritableByteChannel socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                thrown = e;
            }
        }
        Threads.join(channels.stream().map(channel -> channel.thread).toList());
        if (thrown != null) {
            throw thrown;
        }
    }

    /// A channel, its thread and the packets that it has to write.
    private final class Channel {
        private final String label;
        private final MultifdOutput out;
        private final int pageSize;
        private final ArrayDeque<Packet> queue = new ArrayDeque<>();
        private final Thread thread;

        /// The number of bytes that are in [#bytes].
        private long counted;

        Channel(String label, MultifdOutput out, int pageSize) {
            this.label = label;
            this.out = out;
            this.pageSize = pageSize;
            this.thread =
                    Thread.ofPlatform().daemon().name("vmstate-" + label).unstarted(this::run);
        }

        /// Called with the lock.
        void queue(Packet packet) {
            queue.add(packet);
            queued++;
            changed.signalAll();
        }

        private void run() {
            try (out) {
                Packet packet = nextPacket();
                while (packet != null) {
                    write(packet);
                    packet = nextPacket();
                }
            } catch (IOException e) {
                fail(e);
            } catch (RuntimeException | Error e) {
                fail(new IOException("a bug: " + e, e));
            }
        }

        private @Nullable Packet nextPacket() {
            lock.lock();
            try {
                while (queue.isEmpty() && !closed && failure == null) {
                    changed.awaitUninterruptibly();
                }
                return closed || failure != null ? null : queue.remove();
            } finally {
                lock.unlock();
            }
        }

        private void write(Packet packet) throws IOException {
            BlockMemory memory = packet.memory;
            int normal = packet.count;
            if (memory == null) {
                out.sync(packet.number);
            } else if (memory.isShared()) {
                long[] offsets = Arrays.copyOf(packet.offsets, packet.count);
                normal = form.zeroPages() ? sort(memory, offsets) : offsets.length;
                out.packet(memory, offsets, normal, packet.number);
            } else {
                out.packet(
                        memory.block(),
                        Arrays.copyOf(packet.offsets, packet.count),
                        normal,
                        packet.number,
                        packet.copy);
            }
            written(packet, normal);
        }

        /// Moves the offsets of zero pages to the end; returns the number of the others.
        private int sort(BlockMemory memory, long[] offsets) {
            MemorySegment segment = Objects.requireNonNull(memory.segment());
            int normal = 0;
            int zeros = 0;
            long[] zeroOffsets = new long[offsets.length];
            for (long offset : offsets) {
                if (Pages.isZero(segment, offset, pageSize)) {
                    zeroOffsets[zeros++] = offset;
                } else {
                    offsets[normal++] = offset;
                }
            }
            System.arraycopy(zeroOffsets, 0, offsets, normal, zeros);
            return normal;
        }

        private void written(Packet packet, int normal) {
            lock.lock();
            try {
                queued--;
                pages += normal;
                zeroPages += packet.count - normal;
                bytes += out.bytes() - counted;
                counted = out.bytes();
                if (packet.memory != null) {
                    free.add(packet);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        private void fail(IOException e) {
            lock.lock();
            try {
                if (failure == null && !closed) {
                    failure = new IOException(label + ": " + e.getMessage(), e);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
