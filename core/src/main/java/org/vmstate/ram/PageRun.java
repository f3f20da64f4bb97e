// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;

/// Consecutive pages of a block as they are in a stream: the content of the first page, then for
/// each further page the header of its record and its content.
///
/// @param bytes the bytes, valid while the stream's reader is open
/// @param pageSize the size of a page in bytes
record PageRun(MemorySegment bytes, int pageSize) {
    /// The size of a header with the flag `CONTINUE`.
    static final int HEADER_BYTES = Long.BYTES;

    /// The number of pages.
    int pages() {
        return (int) ((bytes.byteSize() + HEADER_BYTES) / stride());
    }

    /// The size of all pages in bytes.
    long length() {
        return (long) pages() * pageSize;
    }

    private int stride() {
        return pageSize + HEADER_BYTES;
    }

    /// Copies the pages to memory of their size.
    void copyTo(MemorySegment target) {
        Parallel.run(
                pages(),
                pageSize,
                bytes,
                target,
                (from, to) -> {
                    for (int page = from; page < to; page++) {
                        MemorySegment.copy(
                                bytes,
                                (long) page * stride(),
                                target,
                                (long) page * pageSize,
                                pageSize);
                    }
                });
    }

    /// Returns the content of a page.
    MemorySegment page(int number) {
        return bytes.asSlice((long) number * stride(), pageSize);
    }
}
