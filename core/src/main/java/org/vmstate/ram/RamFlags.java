// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// The flags in the low bits of a RAM record's first word, which determine the record's kind.
///
/// All flags except the last two are less than the smallest page size, so address and flags can be
/// separated before the page size is known.
///
/// Corresponds to QEMU's `RAM_SAVE_FLAG_*`.
final class RamFlags {
    static final int ZERO = 0x02;
    static final int MEM_SIZE = 0x04;
    static final int PAGE = 0x08;
    static final int EOS = 0x10;
    static final int CONTINUE = 0x20;
    static final int XBZRLE = 0x40;
    static final int HOOK = 0x80;
    static final int COMPRESS_PAGE = 0x100;
    static final int MULTIFD_FLUSH = 0x200;

    /// The bits that are flags for every page size.
    static final int LOW = 0xff;

    /// The version of the RAM section that has this format.
    static final int SECTION_VERSION = 4;

    private RamFlags() {}
}
