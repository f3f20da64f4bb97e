// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.List;

/// A record of a RAM section body, without the content of its page.
///
/// Read with [RamRecordReader], which skips the contents of pages that are not requested.
///
/// Corresponds to the `RAM_SAVE_FLAG_*` records of QEMU's `ram_save_page` and similar functions.
public sealed interface RamRecord {
    /// The list of all blocks, in the order of the stream (`MEM_SIZE`).
    record BlockList(List<RamBlock> blocks, long totalBytes) implements RamRecord {
        /// Copies the list.
        public BlockList {
            blocks = List.copyOf(blocks);
        }
    }

    /// A page of one repeated byte, always 0 in practice (`ZERO`).
    record ZeroPage(RamBlock block, long offset, int fill) implements RamRecord {}

    /// A full page (`PAGE`).
    record Page(RamBlock block, long offset) implements RamRecord {}

    /// The changes to a page since it was last sent, `length` bytes (`XBZRLE`).
    record XbzrlePage(RamBlock block, long offset, int length) implements RamRecord {}

    /// A page as a zlib stream of `length` bytes (`COMPRESS_PAGE`, QEMU 2.x to 8.x).
    record CompressedPage(RamBlock block, long offset, int length) implements RamRecord {}

    /// The mark at which all multifd channels are synchronized (`MULTIFD_FLUSH`).
    record MultifdFlush() implements RamRecord {}

    /// A call of the destination's load hook (`HOOK`): the program that wrote the stream stores
    /// pages elsewhere, as the Android emulator does.
    record Hook() implements RamRecord {}

    /// The end of the section's body (`EOS`).
    record EndOfSection() implements RamRecord {}
}
