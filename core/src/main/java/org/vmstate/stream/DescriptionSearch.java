// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;

/// Searches ahead for the description from within a run of full sections, whose bodies cannot be
/// delimited without it.
///
/// A single pass over the bytes follows all possible sequences of sections at once: a section
/// header after a footer of a section that may be open makes that section possibly open too. A body
/// that contains its own footer only adds a sequence with a dead end. The pass ends at the first
/// description that any sequence reaches, so it takes time linear in the length of the run and does
/// not read a pipe further than that.
final class DescriptionSearch {
    private final Ahead bytes;
    private final ElementFinder elements;
    private final ReadLimits limits;
    private final boolean footers;

    /// The ids of the sections that may be open.
    private final Set<Long> open = new HashSet<>();

    /// The offsets after footers that have been examined already.
    private final Set<Long> followed = new HashSet<>();

    /// The result of a search.
    sealed interface Result {
        /// A description was found; its text has `length` bytes at offset `text`.
        record Found(long text, long length) implements Result {}

        /// A section of an iterative device begins at offset `at`: the run ends before the end of
        /// the stream.
        record Interrupted(long at) implements Result {}

        /// The stream has no description, or no sequence reaches it.
        record None() implements Result {}
    }

    /// @param footers whether sections end with footers, as far as is known
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
            // The limit on kept bytes of a pipe is exceeded: sections are delimited one by one.
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

    /// Follows the elements after a footer; null if they lead to another full section or to a dead
    /// end.
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
