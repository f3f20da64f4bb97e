// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.StreamTags;

/// Finds places at which a body may end, by the elements that can follow it.
///
/// All offsets are absolute.
final class ElementFinder {
    /// The number of zeros after the end of a stream without a description that are taken for
    /// padding; fewer are padding if the input ends after them.
    private static final int PADDING = 16;

    /// A header with a higher version is improbable if nothing else confirms it.
    private static final long MAX_LIKELY_VERSION = 0xff;

    private final Ahead bytes;

    /// The offset at which the elements end: the end of a package, or [Long#MAX_VALUE].
    private final long packageEnd;

    private final long maxDescriptionBytes;
    private final LongPredicate isOpen;
    private final LongPredicate wasSeen;

    /// @param packageEnd the offset at which the elements of a package end; empty in a stream
    /// @param isOpen whether an iterative device with a section id has been started
    /// @param wasSeen whether a section with an id has been read
    ElementFinder(
            Ahead bytes,
            OptionalLong packageEnd,
            long maxDescriptionBytes,
            LongPredicate isOpen,
            LongPredicate wasSeen) {
        this.bytes = bytes;
        this.packageEnd = packageEnd.orElse(Long.MAX_VALUE);
        this.maxDescriptionBytes = maxDescriptionBytes;
        this.isOpen = isOpen;
        this.wasSeen = wasSeen;
    }

    private boolean packaged() {
        return packageEnd != Long.MAX_VALUE;
    }

    /// Whether the footer of a section is at `at`.
    boolean footerAt(long at, long sectionId) throws IOException {
        return at <= packageEnd - StreamTags.FOOTER_BYTES
                && bytes.u8(at) == StreamTags.SECTION_FOOTER
                && bytes.u32(at + 1) == sectionId;
    }

    /// Whether an element other than a footer seems to begin at `at`, including an element that is
    /// cut off by the end of the input.
    boolean elementAt(long at) throws IOException {
        return elementAt(at, true);
    }

    /// @param printable whether names must be printable; if not, every element that a reader would
    ///   accept is recognized
    private boolean elementAt(long at, boolean printable) throws IOException {
        if (at >= packageEnd) {
            return at == packageEnd;
        }
        int tag = bytes.u8(at);
        return switch (tag) {
            case -1 -> bytes.endsAt(at);
            case StreamTags.END_OF_STREAM -> !packaged() && streamEndsAt(at + 1);
            case StreamTags.SECTION_START, StreamTags.SECTION_FULL ->
                    cutBefore(headerEnd(at + 1)) ? !packaged() : !printable || nameAt(at + 1);
            case StreamTags.SECTION_PART, StreamTags.SECTION_END ->
                    cutBefore(at + 5)
                            ? !packaged()
                            : isOpen.test(bytes.u32(at + 1))
                                    || (!printable && wasSeen.test(bytes.u32(at + 1)));
            case StreamTags.COMMAND -> cutBefore(at + 5) ? !packaged() : command(bytes.u32(at + 1));
            default -> false;
        };
    }

    /// Returns the offset of the first footer of a section from `from` on.
    ///
    /// @param endings the numbers of which one must precede it; empty if any bytes may
    /// @param confirmed whether a possible element must follow it
    OptionalLong findFooter(long from, long sectionId, List<Long> endings, boolean confirmed)
            throws IOException {
        for (long at = from; at <= packageEnd - StreamTags.FOOTER_BYTES; at++) {
            int tag = bytes.u8(at);
            if (tag < 0) {
                break;
            }
            if (tag == StreamTags.SECTION_FOOTER
                    && footerAt(at, sectionId)
                    && endsIn(from, at, endings)
                    && (!confirmed || elementAt(at + StreamTags.FOOTER_BYTES, false))) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.empty();
    }

    private boolean endsIn(long from, long at, List<Long> endings) throws IOException {
        return endings.isEmpty()
                || (at - from >= Long.BYTES
                        && endings.contains(
                                bytes.u32(at - Long.BYTES) << Integer.SIZE
                                        | bytes.u32(at - Integer.BYTES)));
    }

    /// Returns the first offset from `from` on at which an element seems to begin, for streams
    /// without footers.
    OptionalLong findElement(long from) throws IOException {
        for (long at = from; at < packageEnd; at++) {
            int tag = bytes.u8(at);
            if (tag < 0) {
                return OptionalLong.empty();
            }
            boolean likely =
                    switch (tag) {
                        case StreamTags.END_OF_STREAM ->
                                !packaged() && bytes.u8(at + 1) != 0 && streamEndsAt(at + 1);
                        case StreamTags.SECTION_FULL -> headerAt(at + 1) && likelyVersionAt(at + 1);
                        default -> false;
                    };
            if (likely) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.of(packageEnd);
    }

    /// Whether the bytes at `at` can follow an end-of-stream byte: the end of the input, a
    /// description, whose text may be cut off, or padding.
    private boolean streamEndsAt(long at) throws IOException {
        return switch (bytes.u8(at)) {
            case -1 -> true;
            case StreamTags.DESCRIPTION -> descriptionAt(at);
            case 0 -> paddingAt(at);
            default -> false;
        };
    }

    private boolean descriptionAt(long at) throws IOException {
        return bytes.u8(at + StreamTags.DESCRIPTION_HEAD_BYTES) == '{'
                && bytes.u32(at + 1) <= maxDescriptionBytes;
    }

    private boolean paddingAt(long at) throws IOException {
        for (long i = at; i < at + PADDING; i++) {
            int next = bytes.u8(i);
            if (next != 0) {
                return next < 0;
            }
        }
        return true;
    }

    /// Whether a complete header with a new section id is at `at`.
    private boolean headerAt(long at) throws IOException {
        long end = headerEnd(at);
        return end <= packageEnd && !cutBefore(end) && !wasSeen.test(bytes.u32(at)) && nameAt(at);
    }

    /// Whether the name in the header at `at` is printable and not empty.
    private boolean nameAt(long at) throws IOException {
        int length = nameLength(at);
        for (long i = at + 5; i < at + 5 + length; i++) {
            int c = bytes.u8(i);
            if (c < 0x20 || c == 0x7f) {
                return false;
            }
        }
        return length > 0;
    }

    private boolean likelyVersionAt(long at) throws IOException {
        int length = nameLength(at);
        boolean plain = length > 1;
        for (long i = at + 5; plain && i < at + 5 + length; i++) {
            plain = bytes.u8(i) > 0x20 && bytes.u8(i) < 0x80;
        }
        return plain && bytes.u32(at + 5 + length + 4) <= MAX_LIKELY_VERSION;
    }

    /// Returns the offset of the end of the header at `at`; if the input ends before the length of
    /// the name, an offset after the end of the input.
    private long headerEnd(long at) throws IOException {
        return at - 1 + StreamTags.headerBytes(Math.max(0, nameLength(at)));
    }

    /// Whether the elements end before `end`.
    private boolean cutBefore(long end) throws IOException {
        return end > packageEnd || bytes.u8(end - 1) < 0;
    }

    private int nameLength(long at) throws IOException {
        return bytes.u8(at + 4);
    }

    /// Whether there is a command with this code and length of its data.
    private static boolean command(long codeAndLength) {
        return CommandCode.exists((int) (codeAndLength >>> 16), (int) codeAndLength & 0xffff);
    }
}
