// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;

/// The memory of a machine in an image: of a stream whose pages are encoded, or in other files.
final class ImagePages implements PageSource {
    private static final int CHUNK_BYTES = 1 << 18;

    private final RamImage image;
    private final int pageSize;
    private final List<RamBlock> blocks;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final MemorySegment memory = MemorySegment.ofArray(chunk);
    private int chunkBlock = -1;
    private long chunkStart;

    ImagePages(RamImage image, int pageSize) {
        this.image = image;
        this.pageSize = pageSize;
        this.blocks = List.copyOf(image.blocks());
    }

    @Override
    public List<RamBlock> blocks() {
        return blocks;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public int content(int block, long offset) throws IOException {
        RamBlock of = blocks.get(block);
        if (image.nextPresent(of, offset).orElse(of.length()) != offset) {
            return MISSING;
        }
        return image.isZero(of, offset, Math.min(pageSize, of.length() - offset)) ? 0 : DATA;
    }

    @Override
    public long nextPresent(int block, long offset) {
        RamBlock of = blocks.get(block);
        return image.nextPresent(of, offset).orElse(of.length());
    }

    @Override
    public long locate(int block, long offset) throws IOException {
        long from = offset & -CHUNK_BYTES;
        if (block != chunkBlock || from != chunkStart) {
            RamBlock of = blocks.get(block);
            image.read(of, from, chunk, 0, (int) Math.min(CHUNK_BYTES, of.length() - from));
            chunkBlock = block;
            chunkStart = from;
        }
        return offset - from;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }
}
