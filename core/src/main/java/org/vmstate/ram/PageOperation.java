// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;

/// An operation on a piece of a block that lies within one stripe.
///
/// The encoded bytes are in the [Batch] that contains the operation.
sealed interface PageOperation {
    /// The storage of the block.
    BlockFile file();

    /// The offset of the piece in the block.
    long offset();

    /// The size of the piece in bytes.
    int count();

    /// Sequence number; the lowest failing one is reported.
    long number();

    /// Writes memory, which is that of the batch or of a mapped file, from index `at` on.
    record Put(BlockFile file, long offset, int count, long number, MemorySegment memory, long at)
            implements PageOperation {}

    /// Fills the piece with zeros.
    record Zero(BlockFile file, long offset, int count, long number) implements PageOperation {}

    /// Decodes the piece, which is a page, from `length` bytes of the batch.
    ///
    /// @param record the offset of the page's record in the stream
    record Decode(
            BlockFile file,
            long offset,
            int count,
            long number,
            Codec codec,
            int at,
            int length,
            long record)
            implements PageOperation {
        boolean isDelta() {
            return codec == Codec.XBZRLE;
        }
    }

    /// The encoding of a page.
    enum Codec {
        /// A delta to its previous content.
        XBZRLE,
        /// A zlib stream.
        ZLIB
    }
}
