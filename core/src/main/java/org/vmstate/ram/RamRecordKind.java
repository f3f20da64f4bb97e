// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// Which record of a RAM section body a [RamRecordReader] stands at; [RamRecord] says what each is.
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
