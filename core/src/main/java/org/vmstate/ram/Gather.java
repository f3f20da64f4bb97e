// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The buffer in which the blocks of an image gather what follows one another, and the thread that
/// writes full buffers while the next one fills.
///
/// A write that failed is told by the next call.
final class Gather implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final int BUFFERS = 4;

    /// Less than this is not worth handing over.
    private static final int MIN_HANDED_OVER = 1 << 16;

    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("vmstate-image-writer").factory());
    private byte[] bytes = new byte[BUFFER_BYTES];
    private boolean handedOver;
    private @Nullable BlockFile owner;
    private long at;
    private int length;
    private volatile @Nullable IOException failure;

    Gather() {
        for (int i = 1; i < BUFFERS; i++) {
            free.add(new byte[BUFFER_BYTES]);
        }
    }

    /// The buffer that the last [#room] is in.
    byte[] bytes() {
        return bytes;
    }

    /// Makes room for `count` bytes at `offset` of a block; returns their index in [#bytes()].
    @SuppressWarnings("ReferenceEquality") // a block has one file
    int room(BlockFile of, long offset, int count) throws IOException {
        if (owner != of || offset != at + length || count > bytes.length - length) {
            flush();
            owner = of;
            at = offset;
        }
        int index = length;
        length += count;
        return index;
    }

    /// Whether so many bytes are better written by themselves.
    static boolean tooMuch(int count) {
        return count > BUFFER_BYTES / 2;
    }

    /// Passes on what is gathered.
    void flush() throws IOException {
        BlockFile to = owner;
        if (to == null || length == 0) {
            return;
        }
        check();
        if (length < MIN_HANDED_OVER) {
            drain();
            to.writeFully(ByteBuffer.wrap(bytes, 0, length), at);
            length = 0;
            return;
        }
        to.place();
        byte[] full = bytes;
        int count = length;
        long offset = at;
        writer.execute(
                () -> {
                    try {
                        to.writeFully(ByteBuffer.wrap(full, 0, count), offset);
                    } catch (IOException e) {
                        failure = e;
                    }
                    free.add(full);
                });
        handedOver = true;
        bytes = take();
        length = 0;
    }

    /// Passes on what is gathered and waits until all of it is in the files.
    void settle() throws IOException {
        flush();
        drain();
    }

    private void drain() throws IOException {
        if (handedOver) {
            byte[][] taken = new byte[BUFFERS - 1][];
            for (int i = 0; i < taken.length; i++) {
                taken[i] = take();
            }
            for (byte[] buffer : taken) {
                free.add(buffer);
            }
            handedOver = false;
        }
        check();
    }

    private byte[] take() throws IOException {
        try {
            return free.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while an image was written");
        }
    }

    private void check() throws IOException {
        IOException failed = failure;
        if (failed != null) {
            throw new IOException("an image could not be written: " + failed.getMessage(), failed);
        }
    }

    /// Waits for the writer to end; what is only gathered is lost.
    @Override
    public void close() {
        writer.close();
    }
}
