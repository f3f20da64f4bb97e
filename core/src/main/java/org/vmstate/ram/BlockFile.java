// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The content of one block in a sparse file: its bytes in their order from an offset of the file
/// on.
///
/// Writes that follow one another are gathered in a buffer, which all blocks of an image share, and
/// written at once.
final class BlockFile {
    private static final byte[] ZEROS = new byte[PageMap.GRANULE];

    /// Opens the file when it is needed first.
    interface Opener {
        Place open() throws IOException;
    }

    /// Where a block's bytes are: from an offset of a file on.
    ///
    /// @param scratch whether the file is gone in the end
    record Place(FileChannel file, long base, boolean scratch) {}

    private final Opener opener;
    private final PageMap map;
    private final Gather gather;
    private @Nullable Place place;

    BlockFile(Opener opener, PageMap map, Gather gather) {
        this.opener = opener;
        this.map = map;
        this.gather = gather;
    }

    PageMap map() {
        return map;
    }

    Place place() throws IOException {
        if (place == null) {
            place = opener.open();
        }
        return place;
    }

    /// Makes room for `count` bytes at `offset` of the block in the shared buffer and returns their
    /// index in it; the caller fills them before anything else is written.
    int room(long offset, int count) throws IOException {
        int index = gather.room(this, offset, count);
        map.set(offset / PageMap.GRANULE, Math.ceilDiv(offset + count, PageMap.GRANULE));
        return index;
    }

    void write(long offset, byte[] bytes, int at, int count) throws IOException {
        if (Gather.tooMuch(count)) {
            gather.settle();
            writeFully(ByteBuffer.wrap(bytes, at, count), offset);
            map.set(offset / PageMap.GRANULE, Math.ceilDiv(offset + count, PageMap.GRANULE));
            return;
        }
        int index = room(offset, count);
        System.arraycopy(bytes, at, gather.bytes(), index, count);
    }

    /// Makes a range zero, without writing where it is so already.
    void zero(long offset, long count) throws IOException {
        long end = offset + count;
        long endGranule = Math.ceilDiv(end, PageMap.GRANULE);
        long granule = map.nextSet(offset / PageMap.GRANULE, endGranule);
        while (granule >= 0) {
            gather.settle();
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
                gather.settle();
                readFully(ByteBuffer.wrap(target, index, length), position);
            } else {
                Arrays.fill(target, index, index + length, (byte) 0);
            }
            position = to;
        }
    }

    private void readFully(ByteBuffer target, long offset) throws IOException {
        Place to = place();
        long at = to.base + offset;
        while (target.hasRemaining()) {
            int got = to.file.read(target, at);
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

    void writeFully(ByteBuffer bytes, long offset) throws IOException {
        Place to = place();
        long at = to.base + offset;
        while (bytes.hasRemaining()) {
            at += to.file.write(bytes, at);
        }
    }
}
