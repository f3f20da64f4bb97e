// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a stream's RAM records were: how many of each kind, for each block, in how many sections.
/// Not safe for use by several threads.
public final class RamStatistics {
    /// How a page came.
    public enum Encoding {
        /// As a zero-page record, in the main stream or in a multifd packet.
        ZERO,
        /// In full.
        PLAIN,
        /// As an XBZRLE delta.
        XBZRLE,
        /// As a zlib stream of its own.
        ZLIB_PAGE,
        /// In full in a multifd packet.
        MULTIFD,
        /// In a multifd packet compressed with zlib.
        MULTIFD_ZLIB,
        /// In a multifd packet compressed with zstd.
        MULTIFD_ZSTD,
        /// At its place in a mapped-ram file.
        MAPPED
    }

    private final Map<String, Map<Encoding, Long>> pages = new LinkedHashMap<>();
    private @Nullable RamBlock block;
    private @Nullable Encoding encoding;
    private long run;
    private int sections;
    private long hooks;
    private long flushMarks;
    private long discarded;

    RamStatistics() {}

    /// For each block that got a page, how many pages came in which encoding; repeated pages count
    /// again.
    public Map<String, Map<Encoding, Long>> pages() {
        settle();
        return Collections.unmodifiableMap(pages);
    }

    /// How many section bodies there were: one START, the iterations, one END.
    public int sections() {
        return sections;
    }

    /// How many bytes postcopy told the destination to discard.
    public long discarded() {
        return discarded;
    }

    /// How many records called a load hook: with them the program that wrote the stream keeps pages
    /// elsewhere.
    public long hooks() {
        return hooks;
    }

    /// How many records said that the multifd channels are in step.
    public long flushMarks() {
        return flushMarks;
    }

    @SuppressWarnings(
            "ReferenceEquality") // a run of pages of one block; what looks like another is settled
    void count(RamBlock of, Encoding how, long pages) {
        if (of != block || how != encoding) {
            settle();
            block = of;
            encoding = how;
        }
        run += pages;
    }

    void section() {
        sections++;
    }

    void hook() {
        hooks++;
    }

    void flushMark() {
        flushMarks++;
    }

    void discard(long bytes) {
        discarded += bytes;
    }

    private void settle() {
        if (run > 0 && block != null && encoding != null) {
            pages.computeIfAbsent(block.name(), n -> new EnumMap<>(Encoding.class))
                    .merge(encoding, run, Long::sum);
            run = 0;
        }
    }
}
