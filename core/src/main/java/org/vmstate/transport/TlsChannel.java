// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// A channel that encrypts what is written to another one and decrypts what is read from it. It
/// begins with a handshake, at the latest with the first read or write.
///
/// One thread may read while another one writes. Closing it sends close_notify, so that the other
/// side does not take the end for a truncation, and waits up to 2 seconds for that of the other
/// side; if a thread is reading or writing, it ends that instead. The end of the other channel
/// without close_notify is an end, as QEMU before 10.0 sends none: a stream has an end of its own.
final class TlsChannel implements ByteChannel {
    private static final long HANDSHAKE_SECONDS = 30;
    private static final long GOODBYE_SECONDS = 2;

    private final ByteChannel channel;
    private final SSLEngine engine;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock shaking = new ReentrantLock();
    private volatile boolean ready;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ByteBuffer received;
    private final ByteBuffer toSend;
    private ByteBuffer decrypted;

    TlsChannel(ByteChannel channel, SSLEngine engine) {
        this.channel = channel;
        this.engine = engine;
        int packet = engine.getSession().getPacketBufferSize();
        received = ByteBuffer.allocateDirect(4 * packet).flip();
        toSend = ByteBuffer.allocateDirect(2 * packet);
        decrypted = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()).flip();
    }

    /// Performs the handshake, unless it was performed.
    void handshake() throws IOException {
        if (ready) {
            return;
        }
        shaking.lock();
        try {
            if (!ready) {
                shakeHands();
                ready = true;
            }
        } finally {
            shaking.unlock();
        }
    }

    private void shakeHands() throws IOException {
        CompletableFuture<Void> limit = closeAfter(HANDSHAKE_SECONDS);
        try {
            engine.beginHandshake();
            HandshakeStatus next = engine.getHandshakeStatus();
            while (next != HandshakeStatus.FINISHED && next != HandshakeStatus.NOT_HANDSHAKING) {
                next =
                        switch (next) {
                            case NEED_TASK -> runTasks();
                            case NEED_WRAP -> wrap(ByteBuffer.allocate(0)).getHandshakeStatus();
                            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                                SSLEngineResult result = unwrap();
                                if (result == null) {
                                    throw new EOFException(
                                            "the other side closed the connection; its log may have the reason");
                                }
                                yield result.getHandshakeStatus();
                            }
                            default -> throw new IllegalStateException(next.toString());
                        };
            }
        } catch (IOException e) {
            sendAlert();
            throw new IOException(
                    "TLS handshake failed: "
                            + (limit.isDone()
                                    ? "it took longer than " + HANDSHAKE_SECONDS + " seconds"
                                    : e.getMessage()),
                    e);
        } finally {
            limit.cancel(false);
        }
    }

    /// Closes the channel below after a time, unless the result is cancelled.
    private CompletableFuture<Void> closeAfter(long seconds) {
        CompletableFuture<Void> limit = new CompletableFuture<>();
        CompletableFuture<Void> _ =
                limit.completeOnTimeout(null, seconds, TimeUnit.SECONDS)
                        .thenRun(
                                () -> {
                                    try {
                                        channel.close();
                                    } catch (IOException e) {
                                        // whoever waits finds out
                                    }
                                });
        return limit;
    }

    /// Tells the other side why this one refuses it.
    private void sendAlert() {
        try {
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
                    && wrap(ByteBuffer.allocate(0)).getStatus() == SSLEngineResult.Status.OK) {}
        } catch (IOException e) {
            // The handshake has failed already.
        }
    }

    private HandshakeStatus runTasks() {
        for (Runnable task = engine.getDelegatedTask();
                task != null;
                task = engine.getDelegatedTask()) {
            task.run();
        }
        return engine.getHandshakeStatus();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        handshake();
        reading.lock();
        try {
            if (closed.get()) {
                throw new ClosedChannelException();
            }
            while (!decrypted.hasRemaining()) {
                if (unwrap() == null) {
                    return -1;
                }
                answer();
            }
            int count = Math.min(target.remaining(), decrypted.remaining());
            target.put(decrypted.slice(decrypted.position(), count));
            decrypted.position(decrypted.position() + count);
            return count;
        } finally {
            reading.unlock();
        }
    }

    /// Sends what the other side asked for after the handshake, such as new keys.
    private void answer() throws IOException {
        for (HandshakeStatus next = engine.getHandshakeStatus();
                next == HandshakeStatus.NEED_TASK || next == HandshakeStatus.NEED_WRAP;
                next = engine.getHandshakeStatus()) {
            if (next == HandshakeStatus.NEED_TASK) {
                runTasks();
            } else {
                wrap(ByteBuffer.allocate(0));
            }
        }
    }

    /// Decrypts the next record into [#decrypted]; returns null at the end.
    private @Nullable SSLEngineResult unwrap() throws IOException {
        while (true) {
            ByteBuffer plain = decrypted.compact();
            SSLEngineResult result;
            try {
                result = engine.unwrap(received, plain);
            } catch (SSLException e) {
                throw new IOException("TLS: " + e.getMessage(), e);
            } finally {
                plain.flip();
            }
            switch (result.getStatus()) {
                case OK -> {
                    return result;
                }
                case CLOSED -> {
                    return null;
                }
                case BUFFER_OVERFLOW ->
                        decrypted =
                                ByteBuffer.allocate(
                                                plain.remaining()
                                                        + engine.getSession()
                                                                .getApplicationBufferSize())
                                        .put(plain)
                                        .flip();
                case BUFFER_UNDERFLOW -> {
                    received.compact();
                    int count;
                    try {
                        count = channel.read(received);
                    } finally {
                        received.flip();
                    }
                    if (count < 0) {
                        return null;
                    }
                }
            }
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        handshake();
        int count = 0;
        while (source.hasRemaining()) {
            if (closed.get()) {
                throw new ClosedChannelException();
            }
            SSLEngineResult result = wrap(source);
            if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                throw new ClosedChannelException();
            }
            count += result.bytesConsumed();
        }
        return count;
    }

    private SSLEngineResult wrap(ByteBuffer source) throws IOException {
        writing.lock();
        try {
            toSend.clear();
            SSLEngineResult result = engine.wrap(source, toSend);
            toSend.flip();
            while (toSend.hasRemaining()) {
                channel.write(toSend);
            }
            return result;
        } catch (SSLException e) {
            throw new IOException("TLS: " + e.getMessage(), e);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public boolean isOpen() {
        return !closed.get() && channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        CompletableFuture<Void> limit = closeAfter(GOODBYE_SECONDS);
        try {
            if (ready && writing.tryLock()) {
                try {
                    goodbye();
                } finally {
                    writing.unlock();
                }
            }
        } catch (IOException e) {
            // The connection has ended, so nobody waits for the message.
        } finally {
            limit.cancel(false);
            channel.close();
        }
    }

    /// Sends close_notify and reads that of the other side.
    private void goodbye() throws IOException {
        engine.closeOutbound();
        while (!engine.isOutboundDone()
                && wrap(ByteBuffer.allocate(0)).getStatus() != SSLEngineResult.Status.CLOSED) {}
        if (reading.tryLock()) {
            try {
                while (unwrap() != null) {
                    decrypted.position(decrypted.limit());
                }
            } finally {
                reading.unlock();
            }
        }
    }
}
