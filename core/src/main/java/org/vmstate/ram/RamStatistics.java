// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts the RAM records of a stream by kind, block and section. Not safe for use by several
/// threads.
public final class RamStatistics {
    /// The encodings of pages.
    public enum Encoding {
        /// As a zero-page record, in the main stream or in a multifd packet.
        ZERO,
        /// A full page.
        PLAIN,
        /// As an XBZRLE delta.
        XBZRLE,
        /// A separate zlib stream.
        ZLIB_PAGE,
        /// A full page in a multifd packet.
        MULTIFD,
        /// In a multifd packet compressed with zlib.
        MULTIFD_ZLIB,
        /// In a multifd packet compressed with zstd.
        MULTIFD_ZSTD,
        /// At a fixed offset of a mapped-ram file.
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

    /// The number of pages of each block by encoding; repeated pages are counted again.
    public Map<String, Map<Encoding, Long>> pages() {
        settle();
        return Collections.unmodifiableMap(pages);
    }

    /// The number of section bodies: one START, the PARTs, one END.
    public int sections() {
        return sections;
    }

    /// The number of bytes that postcopy discarded.
    public long discarded() {
        return discarded;
    }

    /// The number of records that call a load hook: the program that wrote the stream stores pages
    /// elsewhere.
    public long hooks() {
        return hooks;
    }

    /// The number of multifd flush marks.
    public long flushMarks() {
        return flushMarks;
    }

    @SuppressWarnings(
            "ReferenceEquality") // an equal block that is another object ends the run early
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
