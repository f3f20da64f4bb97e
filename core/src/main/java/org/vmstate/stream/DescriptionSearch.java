// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;

/// Looks ahead for the description from inside a run of full sections, before their bodies can be
/// delimited by it.
///
/// One sweep over the bytes follows all ways at once: whatever stands behind a footer of a section
/// that may be open opens the next one. A body that holds its own footer only adds a way that leads
/// nowhere, and the sweep ends at the first description that any way leads to, so it takes time in
/// proportion to the run and reads a pipe no further than that.
final class DescriptionSearch {
    private final Ahead bytes;
    private final ElementFinder elements;
    private final ReadLimits limits;
    private final boolean footers;

    /// The ids of the sections that a way has led to.
    private final Set<Long> open = new HashSet<>();

    /// Where a way has gone on already.
    private final Set<Long> followed = new HashSet<>();

    /// The result of a search.
    sealed interface Result {
        /// The text of a description begins there and has so many bytes.
        record Found(long text, long length) implements Result {}

        /// A piece of an iterative device begins there: the run ends without the stream's end.
        record Interrupted(long at) implements Result {}

        /// The stream has no description, or no way leads to it.
        record None() implements Result {}
    }

    /// @param footers whether sections end in footers, as far as is known
    DescriptionSearch(Ahead bytes, ElementFinder elements, ReadLimits limits, boolean footers) {
        this.bytes = bytes;
        this.elements = elements;
        this.limits = limits;
        this.footers = footers;
    }

    /// Searches from the first byte of a section's body.
    Result from(long body, long sectionId) throws IOException {
        open.add(sectionId);
        try {
            return sweep(body);
        } catch (LimitExceededException e) {
            // More than may be kept of a pipe: the sections are delimited one by one.
            return new Result.None();
        }
    }

    private Result sweep(long body) throws IOException {
        for (long at = body; ; at++) {
            int tag = bytes.u8(at);
            if (tag < 0) {
                return new Result.None();
            }
            Result result = null;
            if (footers && tag == StreamTags.SECTION_FOOTER) {
                result =
                        open.contains(bytes.u32(at + 1))
                                ? follow(at + StreamTags.FOOTER_BYTES)
                                : null;
            } else if (!footers && tag == StreamTags.END_OF_STREAM) {
                result = description(at + 1);
            }
            if (result != null) {
                return result;
            }
        }
    }

    /// Goes on behind a body; null if that leads to another full section, or nowhere.
    private @Nullable Result follow(long start) throws IOException {
        long at = start;
        while (followed.add(at)) {
            switch (bytes.u8(at)) {
                case StreamTags.SECTION_FULL -> {
                    open.add(bytes.u32(at + 1));
                    return null;
                }
                case StreamTags.SECTION_START, StreamTags.SECTION_PART, StreamTags.SECTION_END -> {
                    return elements.elementAt(at) ? new Result.Interrupted(at) : null;
                }
                case StreamTags.COMMAND -> {
                    if (!elements.elementAt(at)) {
                        return null;
                    }
                    at += StreamTags.COMMAND_HEAD_BYTES + (bytes.u32(at + 1) & 0xffff);
                }
                case StreamTags.END_OF_STREAM -> {
                    return bytes.u8(at + 1) < 0 ? new Result.None() : description(at + 1);
                }
                default -> {
                    return null;
                }
            }
        }
        return null;
    }

    private @Nullable Result description(long at) throws IOException {
        if (bytes.u8(at) != StreamTags.DESCRIPTION) {
            return null;
        }
        long length = bytes.u32(at + 1);
        long text = at + StreamTags.DESCRIPTION_HEAD_BYTES;
        if (length <= 0
                || length > limits.maxDescriptionBytes()
                || bytes.u8(text) != '{'
                || bytes.u8(text + length - 1) < 0) {
            return null;
        }
        return new Result.Found(text, length);
    }
}
