// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;

/// The content of one block in a sparse file: its bytes in their order from an offset of the file
/// on.
///
/// Calls that touch different stripes (see [Lanes]) may come from different threads.
final class BlockFile {
    private static final byte[] ZEROS = new byte[PageMap.GRANULE];

    /// Opens the file when it is needed first.
    interface Opener {
        Storage open() throws IOException;
    }

    /// Where a block's bytes are: from an offset of a file on.
    ///
    /// @param scratch whether the file is gone in the end
    record Storage(FileChannel file, long base, boolean scratch) {}

    private final RamBlock block;
    private final Opener opener;
    private final PageMap map;
    private final ArrivalMap arrivals;
    private @Nullable Storage place;

    BlockFile(RamBlock block, Opener opener, PageMap map, ArrivalMap arrivals) {
        this.block = block;
        this.opener = opener;
        this.map = map;
        this.arrivals = arrivals;
    }

    RamBlock block() {
        return block;
    }

    PageMap map() {
        return map;
    }

    /// Which pages came; for the thread that reads the stream.
    ArrivalMap arrivals() {
        return arrivals;
    }

    /// Where the bytes are; the first call comes before any by another thread.
    Storage place() throws IOException {
        if (place == null) {
            place = opener.open();
        }
        return place;
    }

    /// Replaces a range by all that is left in a buffer.
    void write(long offset, ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        writeFully(bytes, offset);
        map.set(offset / PageMap.GRANULE, Math.ceilDiv(offset + count, PageMap.GRANULE));
    }

    /// Makes a range zero, without writing where it is so already.
    void zero(long offset, long count) throws IOException {
        long end = offset + count;
        long endGranule = Math.ceilDiv(end, PageMap.GRANULE);
        long granule = map.nextSet(offset / PageMap.GRANULE, endGranule);
        while (granule >= 0) {
            long from = Math.max(offset, granule * PageMap.GRANULE);
            long to = Math.min(end, (granule + 1) * PageMap.GRANULE);
            writeFully(ByteBuffer.wrap(ZEROS, 0, (int) (to - from)), from);
            if (to - from == PageMap.GRANULE) {
                map.clear(granule);
            }
            granule = map.nextSet(granule + 1, endGranule);
        }
    }

    /// Copies a range, holes as zeros, into an array.
    void read(long offset, byte[] target, int at, int count) throws IOException {
        long end = offset + count;
        long endGranule = Math.ceilDiv(end, PageMap.GRANULE);
        long position = offset;
        while (position < end) {
            long granule = position / PageMap.GRANULE;
            boolean data = map.get(granule);
            long run = data ? map.nextClear(granule, endGranule) : map.nextSet(granule, endGranule);
            long to = run < 0 ? end : Math.min(end, run * PageMap.GRANULE);
            int index = at + (int) (position - offset);
            int length = (int) (to - position);
            if (data) {
                readFully(ByteBuffer.wrap(target, index, length), position);
            } else {
                Arrays.fill(target, index, index + length, (byte) 0);
            }
            position = to;
        }
    }

    private void readFully(ByteBuffer target, long offset) throws IOException {
        Storage to = place();
        long at = to.base + offset;
        while (target.hasRemaining()) {
            int got = read(to.file, target, at);
            if (got < 0) {
                // The rest of a granule that was written in part.
                while (target.hasRemaining()) {
                    target.put((byte) 0);
                }
                return;
            }
            at += got;
        }
    }

    private void writeFully(ByteBuffer bytes, long offset) throws IOException {
        Storage to = place();
        long at = to.base + offset;
        // Writers of one file exclude one another in the kernel, where they spin instead of
        // waiting.
        synchronized (to.file) {
            try {
                while (bytes.hasRemaining()) {
                    at += to.file.write(bytes, at);
                }
            } catch (ClosedByInterruptException e) {
                throw CancelledException.of(e);
            }
        }
    }

    /// Reads from a file in the thread of a caller, who may cancel it.
    static int read(FileChannel file, ByteBuffer target, long at) throws IOException {
        try {
            return file.read(target, at);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }
}
