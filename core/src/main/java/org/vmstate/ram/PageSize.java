// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import org.vmstate.internal.format.FormatLimits;

/// The size of a target's pages, and which part of a stream states it.
///
/// @param bytes a power of two from 256 to 32768
public record PageSize(int bytes, Source source) {
    /// The smallest page of any QEMU target.
    public static final int MIN_BYTES = 1 << FormatLimits.MIN_PAGE_BITS;

    /// The largest page of any QEMU target.
    public static final int MAX_BYTES = 1 << FormatLimits.MAX_PAGE_BITS;

    /// Where a page size comes from.
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
        /// The distance to the record behind the first page in full, or the length of the first
        /// compressed page.
        RECORDS("the first page"),
        /// A statement of the caller.
        CALLER("the caller"),
        /// Nothing in the stream states it: a guess that agrees with the offsets of all pages.
        ASSUMED("an assumption");

        private final String text;

        Source(String text) {
            this.text = text;
        }

        /// What messages call the source, such as `the description`.
        @Override
        public String toString() {
            return text;
        }
    }

    /// A size that a target can have.
    ///
    /// @throws IllegalArgumentException if no target has such pages
    public PageSize {
        if (!possible(bytes)) {
            throw new IllegalArgumentException("no target has pages of " + bytes + " bytes");
        }
    }

    /// Whether this is a guess.
    public boolean assumed() {
        return source == Source.ASSUMED;
    }

    /// Whether there are targets with pages of this size.
    public static boolean possible(long bytes) {
        return Long.bitCount(bytes) == 1 && bytes >= MIN_BYTES && bytes <= MAX_BYTES;
    }
}
