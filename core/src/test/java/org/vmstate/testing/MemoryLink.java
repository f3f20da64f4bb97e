// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.ChannelConnector;

/// A connection in memory between a source and a destination of a migration, which breaks, ends,
/// stalls or lies at a chosen byte of a direction.
///
/// Like a socket, each direction holds a limited number of bytes, and a close at one end is seen as
/// the end of the bytes at the other one.
public final class MemoryLink implements ChannelConnector, ChannelAcceptor {
    private static final int BUFFER_BYTES = 1 << 16;

    /// What happens at a byte of a direction of the first channel.
    public enum Fault {
        NONE,
        /// Both directions fail, and this one does not deliver the byte.
        RESET,
        /// The bytes end as if the writer had closed the channel.
        END,
        /// No further byte arrives.
        STALL,
        /// The byte is another one.
        LIE
    }

    /// A direction.
    private final class Pipe {
        private final byte[] bytes = new byte[BUFFER_BYTES];
        private final Fault fault;
        private final long faultAt;
        private long written;
        private long read;
        private boolean writerClosed;
        private boolean readerClosed;
        private boolean reset;

        Pipe(Fault fault, long faultAt) {
            this.fault = fault;
            this.faultAt = faultAt;
        }

        /// Whether the reader gets the byte at a position.
        private boolean arrives(long position) {
            return position < faultAt || fault == Fault.NONE || fault == Fault.LIE;
        }

        int read(ByteBuffer target, MemoryChannel channel) throws IOException {
            synchronized (MemoryLink.this) {
                while (true) {
                    if (!channel.open) {
                        throw new AsynchronousCloseException();
                    }
                    if (reset) {
                        throw new IOException("Connection reset");
                    }
                    if (read < written && arrives(read)) {
                        int count = 0;
                        while (target.hasRemaining() && read < written && arrives(read)) {
                            byte value = bytes[(int) (read % BUFFER_BYTES)];
                            boolean lies = fault == Fault.LIE && read == faultAt;
                            target.put((byte) (lies ? value ^ 0x55 : value));
                            read++;
                            count++;
                        }
                        MemoryLink.this.notifyAll();
                        return count;
                    }
                    if (read >= faultAt && fault == Fault.END) {
                        return -1;
                    }
                    if (read >= faultAt && read < written && fault == Fault.RESET) {
                        resetAll();
                        continue;
                    }
                    if (writerClosed && !(fault == Fault.STALL && read >= faultAt)) {
                        return -1;
                    }
                    await();
                }
            }
        }

        int write(ByteBuffer source, MemoryChannel channel) throws IOException {
            synchronized (MemoryLink.this) {
                while (true) {
                    if (!channel.open) {
                        throw new AsynchronousCloseException();
                    }
                    if (reset || readerClosed) {
                        throw new IOException("Broken pipe");
                    }
                    if (written - read < BUFFER_BYTES || !source.hasRemaining()) {
                        int count = 0;
                        while (source.hasRemaining() && written - read < BUFFER_BYTES) {
                            bytes[(int) (written % BUFFER_BYTES)] = source.get();
                            written++;
                            count++;
                        }
                        MemoryLink.this.notifyAll();
                        return count;
                    }
                    if (read >= faultAt && fault == Fault.END) {
                        throw new IOException("Broken pipe");
                    }
                    await();
                }
            }
        }
    }

    /// One end of a channel.
    private final class MemoryChannel implements ByteChannel {
        private final Pipe in;
        private final Pipe out;
        private boolean open = true;

        MemoryChannel(Pipe in, Pipe out) {
            this.in = in;
            this.out = out;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return target.hasRemaining() ? in.read(target, this) : 0;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return out.write(source, this);
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            synchronized (MemoryLink.this) {
                open = false;
                in.readerClosed = true;
                out.writerClosed = true;
                MemoryLink.this.notifyAll();
            }
        }
    }

    private final BlockingQueue<MemoryChannel> waiting = new LinkedBlockingQueue<>();
    private final List<Pipe> pipes = new ArrayList<>();
    private final Fault forward;
    private final long forwardAt;
    private final Fault back;
    private final long backAt;
    private boolean closed;

    /// Creates a connection without faults.
    public MemoryLink() {
        this(Fault.NONE, 0, Fault.NONE, 0);
    }

    /// Creates a connection with a fault in the direction to the destination, and one in the
    /// direction to the source.
    public MemoryLink(Fault forward, long forwardAt, Fault back, long backAt) {
        this.forward = forward;
        this.forwardAt = forwardAt;
        this.back = back;
        this.backAt = backAt;
    }

    /// The number of bytes that were written to the destination on the first channel.
    public synchronized long forwardBytes() {
        return pipes.isEmpty() ? 0 : pipes.getFirst().written;
    }

    /// The number of bytes that were written to the source on the first channel.
    public synchronized long backBytes() {
        return pipes.size() < 2 ? 0 : pipes.get(1).written;
    }

    /// Breaks all channels.
    public synchronized void resetAll() {
        pipes.forEach(pipe -> pipe.reset = true);
        notifyAll();
    }

    @Override
    public synchronized ByteChannel connect() throws IOException {
        if (closed) {
            throw new IOException("Connection refused");
        }
        boolean first = pipes.isEmpty();
        Pipe there = new Pipe(first ? forward : Fault.NONE, forwardAt);
        Pipe here = new Pipe(first ? back : Fault.NONE, backAt);
        pipes.add(there);
        pipes.add(here);
        waiting.add(new MemoryChannel(there, here));
        return new MemoryChannel(here, there);
    }

    @Override
    public ByteChannel accept() throws IOException {
        try {
            while (true) {
                MemoryChannel next = waiting.poll(10, java.util.concurrent.TimeUnit.MILLISECONDS);
                if (next != null) {
                    return next;
                }
                synchronized (this) {
                    if (closed) {
                        throw new AsynchronousCloseException();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedChannelException();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }

    @SuppressWarnings("WaitNotInLoop") // the callers loop
    private void await() throws IOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedChannelException();
        }
    }
}
