// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// The kinds of records of a RAM section body; see [RamRecord].
public enum RamRecordKind {
    /// [RamRecord.BlockList]
    BLOCK_LIST,
    /// [RamRecord.ZeroPage]
    ZERO_PAGE,
    /// [RamRecord.Page]
    PAGE,
    /// [RamRecord.XbzrlePage]
    XBZRLE_PAGE,
    /// [RamRecord.CompressedPage]
    COMPRESSED_PAGE,
    /// [RamRecord.MultifdFlush]
    MULTIFD_FLUSH,
    /// [RamRecord.Hook]
    HOOK,
    /// [RamRecord.EndOfSection]
    END_OF_SECTION
}
