// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CancelledException;

/// The content of one block, stored in a sparse file from an offset on.
///
/// Different threads may access different stripes (see [Lanes]) at the same time.
final class BlockFile {
    private static final byte[] ZEROS = new byte[PageMap.GRANULE];

    /// Opens the file when it is first needed.
    interface Opener {
        Storage open() throws IOException;
    }

    /// Where a block is stored.
    ///
    /// @param base the offset in `file` of the block's first byte
    /// @param scratch whether `file` is a temporary file
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

    /// The pages that were received; used by the thread that reads the stream only.
    ArrivalMap arrivals() {
        return arrivals;
    }

    /// Where the block is stored. The first call must happen before any other thread uses this
    /// object.
    Storage place() throws IOException {
        if (place == null) {
            place = opener.open();
        }
        return place;
    }

    /// Replaces a range with the remaining bytes of a buffer.
    void write(long offset, ByteBuffer bytes) throws IOException {
        int count = bytes.remaining();
        writeFully(bytes, offset);
        map.set(offset / PageMap.GRANULE, Math.ceilDiv(offset + count, PageMap.GRANULE));
    }

    /// Fills a range with zeros; does not write where the file has a hole.
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

    /// Copies a range into an array; holes are read as zeros.
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
                // The file ends within a granule that was written in part.
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
        // The kernel serializes writers of one file with a lock on which they spin.
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

    /// Reads from a file in a thread that may be interrupted to cancel.
    static int read(FileChannel file, ByteBuffer target, long at) throws IOException {
        try {
            return file.read(target, at);
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }
}
