// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.WireReader;

/// Looks ahead for the description from inside a run of full sections, before their bodies can be
/// delimited by it.
///
/// The search goes from footer to footer (or header to header) and takes the next candidate where
/// one leads nowhere, within a bound on the bytes looked at, so a body that holds what looks like
/// its own footer costs some time and not the devices behind it. Reading of a pipe goes no further
/// than the description.
final class DescriptionSearch {
    private static final int FOOTER_BYTES = 5;
    private static final int DESCRIPTION_HEAD = 5;
    private static final int COMMAND_HEAD = 5;
    private static final int PACKAGED = 7;

    /// How many bytes may be looked at, for each byte of the run and in any case.
    private static final int LOOKS_PER_BYTE = 8;

    private static final long LOOKS_ANYWAY = 1 << 20;

    private final Ahead bytes;
    private final ElementFinder elements;
    private final boolean footers;
    private final WireReader in;

    /// What became of a search.
    sealed interface Result {
        /// The text of a description begins there and has so many bytes.
        record Found(long text, long length) implements Result {}

        /// A piece of an iterative device begins there: the run ends without the stream's end.
        record Interrupted(long at) implements Result {}

        /// The stream has no description, or the way to it was not found.
        record None() implements Result {}
    }

    /// A section whose body ends somewhere from an offset on.
    private record Open(long from, long sectionId) {}

    /// @param footers whether sections end in footers, as far as is known
    DescriptionSearch(WireReader in, Ahead bytes, ElementFinder elements, boolean footers) {
        this.in = in;
        this.bytes = bytes;
        this.elements = elements;
        this.footers = footers;
    }

    /// Searches from the first byte of a section's body.
    Result from(long body, long sectionId) throws IOException {
        Deque<Open> ways = new ArrayDeque<>();
        ways.push(new Open(body, sectionId));
        long before = bytes.looks();
        while (!ways.isEmpty()
                && bytes.looks() - before
                        <= LOOKS_ANYWAY + LOOKS_PER_BYTE * Math.max(0, bytes.furthest() - body)) {
            Open open = ways.pop();
            OptionalLong end = end(open);
            if (end.isPresent()) {
                long at = end.getAsLong();
                ways.push(new Open(at + 1, open.sectionId()));
                Result result = follow(footers ? at + FOOTER_BYTES : at, ways);
                if (result != null) {
                    return result;
                }
            }
        }
        return new Result.None();
    }

    private OptionalLong end(Open open) throws IOException {
        return footers
                ? elements.findFooter(open.from(), open.sectionId(), true)
                : elements.findElement(open.from());
    }

    /// Goes on behind a body; null if that leads to another full section, or nowhere.
    private @Nullable Result follow(long start, Deque<Open> ways) throws IOException {
        long at = start;
        while (true) {
            switch (bytes.u8(at)) {
                case StreamTags.SECTION_FULL -> {
                    long id = bytes.u32(at + 1);
                    int nameLength = bytes.u8(at + 5);
                    if (id >= 0 && nameLength >= 0) {
                        ways.push(new Open(at + 6 + nameLength + 8, id));
                    }
                    return null;
                }
                case StreamTags.SECTION_START, StreamTags.SECTION_PART, StreamTags.SECTION_END -> {
                    return new Result.Interrupted(at);
                }
                case StreamTags.COMMAND -> {
                    long head = bytes.u32(at + 1);
                    if (head < 0 || head >>> 16 == PACKAGED) {
                        return null;
                    }
                    at += COMMAND_HEAD + (head & 0xffff);
                }
                case StreamTags.END_OF_STREAM -> {
                    return description(at + 1);
                }
                default -> {
                    return null;
                }
            }
        }
    }

    private @Nullable Result description(long at) throws IOException {
        int tag = bytes.u8(at);
        if (tag != StreamTags.DESCRIPTION) {
            return tag <= 0 ? new Result.None() : null;
        }
        long length = bytes.u32(at + 1);
        long text = at + DESCRIPTION_HEAD;
        if (length <= 0
                || length > in.limits().maxDescriptionBytes()
                || bytes.u8(text) != '{'
                || bytes.u8(text + length - 1) < 0) {
            return null;
        }
        return new Result.Found(text, length);
    }
}
