// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.WireReader;

/// Reads bytes ahead of a seekable reader's position, by their absolute offset. Closing it restores
/// the reader's position.
final class Ahead implements AutoCloseable {
    /// The number of bytes of a mapped source to read between two checks for an interrupt.
    private static final int WINDOW_BYTES = 1 << 24;

    /// The number of bytes to load before the wanted byte, because searches look back a little.
    private static final int BEFORE = 16;

    private final WireReader in;

    /// Whether bytes ahead must be kept in memory or on disk.
    private final boolean kept;

    private long origin;
    private ByteBuffer window = ByteBuffer.allocate(0);
    private long windowStart;

    /// Creates a view of the bytes from the reader's position on.
    Ahead(WireReader in) {
        this.in = in;
        this.kept = in.remaining().isEmpty();
        this.origin = in.position();
    }

    /// Restarts at the reader's position; a mapped source keeps its window.
    Ahead again() {
        origin = in.position();
        if (!in.mapped()) {
            window = ByteBuffer.allocate(0);
        }
        return this;
    }

    /// Whether these are the bytes of `reader`.
    boolean isOf(WireReader reader) {
        return in == reader;
    }

    /// Returns the byte at an offset, or -1 if the input ends before it.
    int u8(long at) throws IOException {
        if (at < windowStart || at >= windowStart + window.limit()) {
            load(at);
            if (at >= windowStart + window.limit()) {
                return -1;
            }
        }
        return window.get((int) (at - windowStart)) & 0xff;
    }

    /// Returns the 32-bit number at an offset, or -1 if the input ends before its last byte.
    long u32(long at) throws IOException {
        long value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            int next = u8(at + i);
            if (next < 0) {
                return -1;
            }
            value = value << Byte.SIZE | next;
        }
        return value;
    }

    /// Whether the input ends exactly at an offset.
    boolean endsAt(long at) throws IOException {
        return u8(at) < 0 && (at == origin || u8(at - 1) >= 0);
    }

    /// Returns the memory of a range of bytes.
    MemorySegment view(long at, long length) throws IOException {
        window = ByteBuffer.allocate(0);
        return in.view(at, length);
    }

    private void load(long at) throws IOException {
        CancelledException.throwIfInterrupted();
        if (kept) {
            in.limits().checkBuffer(at - origin, "a section whose end is searched for", origin);
        }
        boolean backward = at < windowStart;
        windowStart = Math.max(origin, at - BEFORE);
        if (in.mapped()) {
            if (backward) {
                windowStart = Math.max(origin, at - WINDOW_BYTES / 2);
            }
            // A ByteBuffer initializes fewer classes than memory layouts do.
            long left = in.remaining().orElseThrow() - (windowStart - in.position());
            long size = Math.clamp(left, 0, WINDOW_BYTES);
            window = size == 0 ? ByteBuffer.allocate(0) : in.view(windowStart, size).asByteBuffer();
            return;
        }
        if (in.remaining().isPresent()
                && windowStart > in.position() + in.remaining().getAsLong()) {
            window = ByteBuffer.allocate(0);
            return;
        }
        in.seek(windowStart);
        int wanted = (int) (at - windowStart) + 1;
        window =
                in.locate(wanted) || in.buffered() > 0
                        ? ByteBuffer.wrap(in.window(), in.index(), in.buffered()).slice()
                        : ByteBuffer.allocate(0);
    }

    @Override
    public void close() {
        if (in.position() != origin) {
            in.seek(origin);
        }
    }
}
