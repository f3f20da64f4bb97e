// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vmstate.ram.RamBlock;

/// The memory of one machine, page by page.
interface PageSource {
    /// The content of a page that is not in the stream.
    int MISSING = -1;

    /// The content of a page that [#locate] finds. Other numbers are the byte that fills a page.
    int DATA = 256;

    /// The blocks in the order of the stream.
    List<RamBlock> blocks();

    /// The size of a page in bytes.
    int pageSize();

    /// The kind of content of the page at an offset of a block.
    int content(int block, long offset) throws IOException;

    /// The offset of the first byte at or after `offset` that may be in the stream, at most the
    /// block's length.
    long nextPresent(int block, long offset) throws IOException;

    /// The position in [#memory()] of the byte at an offset of a block, whose page is [#DATA]. The
    /// rest of the page follows. Valid until the next call.
    long locate(int block, long offset) throws IOException;

    /// The memory that [#locate] refers to.
    MemorySegment memory();
}
