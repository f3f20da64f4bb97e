// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.List;

/// One record of a RAM section body, without the bytes of its page.
///
/// Read with [RamRecordReader], which passes over the pages unless it is asked for them.
///
/// Corresponds to the `RAM_SAVE_FLAG_*` records of QEMU's `ram_save_page` and its like.
public sealed interface RamRecord {
    /// The list of all blocks, in the order of the stream (`MEM_SIZE`).
    record BlockList(List<RamBlock> blocks, long totalBytes) implements RamRecord {
        /// A list that does not change.
        public BlockList {
            blocks = List.copyOf(blocks);
        }
    }

    /// A page of one repeated byte, always 0 in practice (`ZERO`).
    record ZeroPage(RamBlock block, long offset, int fill) implements RamRecord {}

    /// A page in full (`PAGE`).
    record Page(RamBlock block, long offset) implements RamRecord {}

    /// What changed in a page since it was sent before, `length` bytes (`XBZRLE`).
    record XbzrlePage(RamBlock block, long offset, int length) implements RamRecord {}

    /// A page as a zlib stream of `length` bytes (`COMPRESS_PAGE`, QEMU 2.x to 8.x).
    record CompressedPage(RamBlock block, long offset, int length) implements RamRecord {}

    /// The mark behind which all multifd channels are in step (`MULTIFD_FLUSH`).
    record MultifdFlush() implements RamRecord {}

    /// A call of the destination's load hook (`HOOK`): the program that wrote the stream keeps
    /// pages elsewhere, as the Android emulator does.
    record Hook() implements RamRecord {}

    /// The end of the section's body (`EOS`).
    record EndOfSection() implements RamRecord {}
}
