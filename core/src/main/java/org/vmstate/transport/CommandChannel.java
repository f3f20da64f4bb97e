// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A channel to the standard input and from the standard output of a command. Its standard error is
/// that of this process.
///
/// Closing it ends the command's input and waits for the command; a command that does not end
/// within 10 seconds is killed. It is killed at once if another thread is reading or writing.
final class CommandChannel implements ByteChannel {
    private static final long WAIT_SECONDS = 10;

    private final MigrationAddress.Exec address;
    private final Process process;
    private final OutputStream input;
    private final ReadableByteChannel output;
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private byte[] copy = new byte[0];
    private volatile boolean written;

    private CommandChannel(MigrationAddress.Exec address, Process process) {
        this.address = address;
        this.process = process;
        this.input = process.getOutputStream();
        this.output = Channels.newChannel(process.getInputStream());
    }

    static ByteChannel start(MigrationAddress.Exec address) throws IOException {
        return new CommandChannel(
                address,
                new ProcessBuilder("/bin/sh", "-c", address.command())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /// A read or write.
    @FunctionalInterface
    private interface Transfer {
        int run() throws IOException;
    }

    private int run(Transfer transfer) throws IOException {
        busy.incrementAndGet();
        try {
            if (closed.get()) {
                throw new ClosedChannelException();
            }
            return transfer.run();
        } catch (IOException e) {
            if (closed.get()) {
                throw new ClosedChannelException();
            }
            throw AddressChannel.named(address, e);
        } finally {
            busy.decrementAndGet();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return run(
                () -> {
                    int count = output.read(target);
                    if (count < 0) {
                        throwIfFailed();
                    }
                    return count;
                });
    }

    /// Throws if the command ended with an exit code other than 0, as its output is then not
    /// complete.
    private void throwIfFailed() throws IOException {
        try {
            if (process.waitFor(1, TimeUnit.SECONDS) && process.exitValue() != 0) {
                throw new IOException("the command ended with exit code " + process.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return run(
                () -> {
                    int count = source.remaining();
                    if (copy.length < count) {
                        copy = new byte[count];
                    }
                    source.get(copy, 0, count);
                    written = true;
                    input.write(copy, 0, count);
                    input.flush();
                    return count;
                });
    }

    @Override
    public boolean isOpen() {
        return !closed.get();
    }

    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        boolean interrupted = busy.get() > 0;
        try {
            if (!interrupted) {
                input.close();
                process.getInputStream().close();
                interrupted = !process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS);
            }
            if (!interrupted && written && process.exitValue() != 0) {
                throw new IOException(
                        address + ": the command ended with exit code " + process.exitValue());
            }
        } catch (InterruptedException e) {
            interrupted = true;
            Thread.currentThread().interrupt();
        } finally {
            if (interrupted) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            process.getInputStream().close();
        }
    }
}
