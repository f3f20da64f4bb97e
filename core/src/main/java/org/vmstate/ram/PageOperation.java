// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;

/// What is to be done with a piece of a block, which lies in one stripe of it.
///
/// What is encoded is in the [Batch] that the operation is in.
sealed interface PageOperation {
    /// The block's content.
    BlockFile file();

    /// Where in the block the piece begins.
    long offset();

    /// The size of the piece.
    int count();

    /// Sequence number; the lowest failing one is reported.
    long number();

    /// Replaces the piece by memory from `at` on, which is the batch's or a mapped file's.
    record Put(BlockFile file, long offset, int count, long number, MemorySegment memory, long at)
            implements PageOperation {}

    /// Makes the piece zero.
    record Zero(BlockFile file, long offset, int count, long number) implements PageOperation {}

    /// Decodes the piece, a page, from `length` bytes of the batch.
    ///
    /// @param record where the page's record begins in the stream
    record Decode(
            BlockFile file,
            long offset,
            int count,
            long number,
            Code code,
            int at,
            int length,
            long record)
            implements PageOperation {
        boolean isDelta() {
            return code == Code.XBZRLE;
        }
    }

    /// How a page is encoded.
    enum Code {
        /// As a delta to what it was before.
        XBZRLE,
        /// As a zlib stream of its own.
        ZLIB
    }
}
