// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// The formats in which memory is written to a stream.
public enum RamFormat {
    /// Zero pages and full pages; every QEMU loads it.
    PLAIN,
    /// As [#PLAIN], but a page with few bytes other than 0 is written as a zero page first and as
    /// an XBZRLE delta later.
    XBZRLE,
    /// Pages as zlib streams, which QEMU up to 8.x loads with the capability `compress`.
    ZLIB,
    /// Pages at fixed offsets of the file, for QEMU 9.0 and newer with the capability `mapped-ram`.
    MAPPED_RAM,
    /// Pages in separate channel files, for the capability `multifd`.
    MULTIFD,
    /// As [#MULTIFD], compressed, for `multifd-compression` zlib.
    MULTIFD_ZLIB,
    /// As [#MULTIFD], compressed, for `multifd-compression` zstd.
    MULTIFD_ZSTD;

    /// The smallest page size for which this format's flags do not overlap addresses.
    public int minPageSize() {
        return switch (this) {
            case ZLIB -> 2 * RamFlags.COMPRESS_PAGE;
            case MULTIFD, MULTIFD_ZLIB, MULTIFD_ZSTD -> 2 * RamFlags.MULTIFD_FLUSH;
            case PLAIN, XBZRLE, MAPPED_RAM -> PageSize.MIN_BYTES;
        };
    }

    /// Whether the format has channels other than the main stream.
    public boolean multifd() {
        return this == MULTIFD || this == MULTIFD_ZLIB || this == MULTIFD_ZSTD;
    }
}
