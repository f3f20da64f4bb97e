// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

/// How memory is written into a stream.
public enum RamFormat {
    /// Zero pages and pages in full; every QEMU loads it.
    PLAIN,
    /// As [#PLAIN], but a page with few bytes other than 0 as a zero page first and its XBZRLE
    /// delta later.
    XBZRLE,
    /// Pages as zlib streams, which QEMU up to 8.x loads with the capability `compress`.
    ZLIB,
    /// Pages at their places in the file, for QEMU from 9.0 on with the capability `mapped-ram`.
    MAPPED_RAM,
    /// Pages in channel files beside the stream, for the capability `multifd`.
    MULTIFD,
    /// As [#MULTIFD], compressed, for `multifd-compression` zlib.
    MULTIFD_ZLIB,
    /// As [#MULTIFD], compressed, for `multifd-compression` zstd.
    MULTIFD_ZSTD;

    /// The smallest page size with which the flags of the format's records lie below an address.
    public int minPageSize() {
        return switch (this) {
            case ZLIB -> 2 * RamFlags.COMPRESS_PAGE;
            case MULTIFD, MULTIFD_ZLIB, MULTIFD_ZSTD -> 2 * RamFlags.MULTIFD_FLUSH;
            case PLAIN, XBZRLE, MAPPED_RAM -> PageSize.MIN_BYTES;
        };
    }

    /// Whether there are channels beside the stream.
    public boolean multifd() {
        return this == MULTIFD || this == MULTIFD_ZLIB || this == MULTIFD_ZSTD;
    }
}
