// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import org.vmstate.internal.format.FormatLimits;

/// The size of a target's pages, and the part of the stream that states it.
///
/// @param bytes a power of two from 256 to 32768
public record PageSize(int bytes, Source source) {
    /// The smallest page of any QEMU target.
    public static final int MIN_BYTES = 1 << FormatLimits.MIN_PAGE_BITS;

    /// The largest page of any QEMU target.
    public static final int MAX_BYTES = 1 << FormatLimits.MAX_PAGE_BITS;

    /// The page size of most targets.
    static final int USUAL_BYTES = 4096;

    /// The origin of a page size.
    public enum Source {
        /// `configuration/target-page-bits`.
        CONFIGURATION("the configuration"),
        /// `page_size` of the description at the end of the stream.
        DESCRIPTION("the description"),
        /// The header of a block in a mapped-ram stream.
        MAPPED_RAM("a mapped-ram header"),
        /// The target page size in the postcopy-advise command.
        POSTCOPY_ADVICE("the postcopy advice"),
        /// The number of offsets in the packets of a multifd channel.
        MULTIFD_PACKET("a multifd packet"),
        /// The distance from the first full page to the record after it, or the size of the first
        /// compressed page after decompression.
        RECORDS("the first page"),
        /// An argument of the caller.
        CALLER("the caller"),
        /// A guess, because the stream does not state it: a size that agrees with the offsets of
        /// all pages.
        ASSUMED("an assumption");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        /// The name of the source in messages, such as `the description`.
        @Override
        public String toString() {
            return text;
        }
    }

    /// Creates a page size.
    ///
    /// @throws IllegalArgumentException if no target has this page size
    public PageSize {
        if (!possible(bytes)) {
            throw new IllegalArgumentException("no target has pages of " + bytes + " bytes");
        }
    }

    /// Whether this is a guess.
    public boolean assumed() {
        return source == Source.ASSUMED;
    }

    /// Whether any target has this page size.
    public static boolean possible(long bytes) {
        return Long.bitCount(bytes) == 1 && bytes >= MIN_BYTES && bytes <= MAX_BYTES;
    }
}
