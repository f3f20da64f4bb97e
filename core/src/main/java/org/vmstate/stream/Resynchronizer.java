// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.OptionalLong;
import java.util.function.LongPredicate;

/// Judges whether an element can begin at an offset, and searches for the end of a body of unknown
/// length by that.
///
/// All offsets count from the start of the memory.
final class Resynchronizer {
    private static final int WINDOW_BYTES = 1 << 30;
    private static final int FOOTER_BYTES = 5;
    private static final int LAST_COMMAND = 11;

    /// Bounds beyond which a number makes a header improbable where nothing else confirms it.
    private static final long MAX_LIKELY_VERSION = 0xff;

    private final MemorySegment memory;
    private final long end;
    private final boolean packaged;
    private final LongPredicate isOpen;

    /// A part of the memory: a buffer takes less to start than memory layouts do.
    private ByteBuffer window = ByteBuffer.allocate(0);

    private long windowStart;

    /// @param end where the elements end: the end of the stream, or of the package
    /// @param packaged whether they end without an end-of-stream byte
    /// @param isOpen whether a section id has been started
    Resynchronizer(MemorySegment memory, long end, boolean packaged, LongPredicate isOpen) {
        this.memory = memory;
        this.end = end;
        this.packaged = packaged;
        this.isOpen = isOpen;
    }

    /// Whether the footer of a section stands at `at`.
    boolean footerAt(long at, long sectionId) {
        return at + FOOTER_BYTES <= end
                && u8(at) == Tags.SECTION_FOOTER
                && u32(at + 1) == sectionId;
    }

    /// Whether an element other than a footer seems to begin at `at`, or would if the stream were
    /// not cut.
    boolean elementAt(long at) {
        return elementAt(at, true);
    }

    /// @param printable whether a name must be one that people read; without that, every element is
    ///   recognized that a reader would take, so that none is searched for in vain
    private boolean elementAt(long at, boolean printable) {
        if (at >= end) {
            return at == end;
        }
        return switch (u8(at)) {
            case Tags.END_OF_STREAM -> !packaged && streamEndsAt(at + 1);
            case Tags.SECTION_START, Tags.SECTION_FULL ->
                    headerEnd(at + 1) > end
                            ? !packaged
                            : !isOpen.test(u32(at + 1)) && (!printable || nameAt(at + 1));
            case Tags.SECTION_PART, Tags.SECTION_END ->
                    at + 5 > end ? !packaged : isOpen.test(u32(at + 1));
            case Tags.COMMAND ->
                    at + 5 > end
                            ? !packaged
                            : commandCode(at + 1) >= 1 && commandCode(at + 1) <= LAST_COMMAND;
            default -> false;
        };
    }

    /// The first offset at which the section's footer stands.
    ///
    /// @param confirmed whether an element must be able to follow it
    OptionalLong findFooter(long sectionId, boolean confirmed) {
        for (long at = 0; at + FOOTER_BYTES <= end; at++) {
            if (footerAt(at, sectionId) && (!confirmed || elementAt(at + FOOTER_BYTES, false))) {
                return OptionalLong.of(at);
            }
        }
        return OptionalLong.empty();
    }

    /// The first offset at which an element seems to begin, for streams without footers.
    OptionalLong findElement() {
        for (long at = 0; at < end; at++) {
            int tag = u8(at);
            boolean likely =
                    switch (tag) {
                        case Tags.END_OF_STREAM -> !packaged && streamEndsAt(at + 1);
                        case Tags.SECTION_FULL -> headerAt(at + 1) && likelyVersionAt(at + 1);
                        default -> false;
                    };
            if (likely) {
                return OptionalLong.of(at);
            }
        }
        return packaged ? OptionalLong.of(end) : OptionalLong.empty();
    }

    /// Whether nothing stands at `at`, or a description, the text of which may be cut.
    private boolean streamEndsAt(long at) {
        if (at == end) {
            return true;
        }
        long text = at + 5;
        if (text > end || u8(at) != Tags.DESCRIPTION) {
            return false;
        }
        long length = u32(at + 1);
        return length == end - text || (length > end - text && text < end && u8(text) == '{');
    }

    /// Whether a whole header stands at `at`, its section id not used before.
    private boolean headerAt(long at) {
        return headerEnd(at) <= end && !isOpen.test(u32(at)) && nameAt(at);
    }

    /// Whether the name in the header at `at` is printable and not empty.
    private boolean nameAt(long at) {
        int length = nameLength(at);
        for (long i = at + 5; i < at + 5 + length; i++) {
            int c = u8(i);
            if (c < 0x20 || c == 0x7f) {
                return false;
            }
        }
        return length > 0;
    }

    private boolean likelyVersionAt(long at) {
        int length = nameLength(at);
        boolean plain = length > 1;
        for (long i = at + 5; plain && i < at + 5 + length; i++) {
            plain = u8(i) > 0x20 && u8(i) < 0x80;
        }
        return plain && u32(at + 5 + length + 4) <= MAX_LIKELY_VERSION;
    }

    /// Where the header at `at` ends, or behind the end if it has no room before it.
    private long headerEnd(long at) {
        return at + 5 > end ? end + 1 : at + 5 + nameLength(at) + 8;
    }

    private int nameLength(long at) {
        return u8(at + 4);
    }

    private int commandCode(long at) {
        return u8(at) << 8 | u8(at + 1);
    }

    private long u32(long at) {
        return (long) u8(at) << 24 | u8(at + 1) << 16 | u8(at + 2) << 8 | u8(at + 3);
    }

    private int u8(long at) {
        if (at < windowStart || at >= windowStart + window.limit()) {
            windowStart = Math.max(0, at - FOOTER_BYTES);
            long size = Math.min(WINDOW_BYTES, memory.byteSize() - windowStart);
            window = memory.asSlice(windowStart, size).asByteBuffer();
        }
        return window.get((int) (at - windowStart)) & 0xff;
    }
}
