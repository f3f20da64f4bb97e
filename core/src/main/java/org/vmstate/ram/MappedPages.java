// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.wire.WireReader;

/// The pages of one block in a `mapped-ram` file: which are in the file, and where.
///
/// Valid while the file is open.
public final class MappedPages {
    private final MappedRam header;
    private final PageBitmap bitmap;

    private MappedPages(MappedRam header, PageBitmap bitmap) {
        this.header = header;
        this.bitmap = bitmap;
    }

    /// Returns the pages of the blocks of a stream that are in its file; the block list must have
    /// been read. Empty for a stream without `mapped-ram`.
    ///
    /// @param in a reader of the file
    /// @param context the context of the stream
    public static Map<RamBlock, MappedPages> of(WireReader in, RamContext context)
            throws IOException {
        Map<RamBlock, MappedRam> inFile = context.mappedBlocks();
        Map<RamBlock, MappedPages> pages = new LinkedHashMap<>();
        if (inFile.isEmpty()) {
            return pages;
        }
        ByteOrder order = BitmapOrder.find(in, inFile);
        for (Map.Entry<RamBlock, MappedRam> block : inFile.entrySet()) {
            MappedRam header = block.getValue();
            long length = block.getKey().length();
            pages.put(block.getKey(), new MappedPages(header, header.bitmap(in, length, order)));
        }
        return pages;
    }

    /// Whether the file contains a page; if not, it is a zero page.
    public boolean present(long page) {
        return bitmap.nextSet(page) == page;
    }

    /// The absolute offset in the file of a byte of the block.
    public long position(long offset) {
        return header.pagesOffset() + offset;
    }
}
