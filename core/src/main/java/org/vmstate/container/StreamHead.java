// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.wire.WireReader;

/// The first bytes of a stream, by which it is distinguished from other data that contains `QEVM`.
///
/// ```
/// "QEVM"  u32 3  then one of
/// 0x07  u32 n  machine type[n]      1 to 255 letters, digits and . _ + -, then an element or a subsection
/// 0x01 | 0x04  u32 id  str8 name  u32 instance  u32 version      a printable name
/// 0x08  u16 command  u16 length                                  a known command with its fixed length
/// ```
///
/// All methods look ahead and do not move the reader.
final class StreamHead {
    static final byte FIRST_BYTE = 'Q';

    private static final String MAGIC = "QEVM\0\0\0\3";
    private static final String CONFIGURATION = SectionNames.CONFIGURATION + "/";
    private static final int LOOK_AHEAD = 1 << 16;
    private static final int MAX_NAME = 255;
    private static final int MAX_SUBSECTIONS = 8;
    private static final int MAX_CAPABILITIES = 64;
    private static final int MAX_SECTION_VERSION = 0xffff;
    private static final int MAX_COMMAND_LENGTH = 1 << 14;

    private final WireReader in;

    private StreamHead(WireReader in) {
        this.in = in;
    }

    /// Whether a stream begins at the position of `in`.
    static boolean at(WireReader in) throws IOException {
        StreamHead head = new StreamHead(in);
        if (!head.text(0, MAGIC)) {
            return false;
        }
        int at = MAGIC.length();
        return head.byteAt(at) == StreamTags.CONFIGURATION
                ? head.configuration(at + 1)
                : head.element(at);
    }

    /// The capabilities in the configuration of the stream at the position of `in`; empty if it has
    /// no configuration.
    static List<String> capabilities(WireReader in) throws IOException {
        StreamHead head = new StreamHead(in);
        List<String> capabilities = new ArrayList<>();
        int at = MAGIC.length();
        if (head.byteAt(at) != StreamTags.CONFIGURATION) {
            return capabilities;
        }
        at += 5 + (int) Math.min(MAX_NAME, head.u32(at + 1));
        for (int i = 0; i < MAX_SUBSECTIONS && head.byteAt(at) == SubsectionHeader.MARK; i++) {
            String name = head.str8(at + SubsectionHeader.NAME_LENGTH_AT);
            if (name == null) {
                return capabilities;
            }
            at += SubsectionHeader.size(name.length());
            switch (name) {
                case CONFIGURATION + "target-page-bits" -> at += 4;
                case CONFIGURATION + "uuid" -> at += 16;
                case CONFIGURATION + "capabilities" -> {
                    long count = Math.min(MAX_CAPABILITIES, head.u32(at));
                    at += 4;
                    for (long j = 0; j < count; j++) {
                        String capability = head.str8(at);
                        if (capability == null) {
                            return capabilities;
                        }
                        capabilities.add(capability);
                        at += 1 + capability.length();
                    }
                }
                default -> {
                    return capabilities;
                }
            }
        }
        return capabilities;
    }

    private boolean configuration(int at) throws IOException {
        long length = u32(at);
        if (length < 1 || length > MAX_NAME) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            int c = byteAt(at + 4 + i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && !(c >= '0' && c <= '9') && "._+-".indexOf(c) < 0) {
                return false;
            }
        }
        int behind = at + 4 + (int) length;
        return byteAt(behind) == SubsectionHeader.MARK
                ? text(behind + SubsectionHeader.NAME_AT, CONFIGURATION)
                : element(behind);
    }

    private boolean element(int at) throws IOException {
        return switch (byteAt(at)) {
            case StreamTags.SECTION_START, StreamTags.SECTION_FULL -> {
                String name = str8(at + StreamTags.NAME_LENGTH_AT);
                if (name == null || name.isEmpty() || !printable(name)) {
                    yield false;
                }
                long version = u32(at + StreamTags.headerBytes(name.length()) - Integer.BYTES);
                yield version >= 0 && version <= MAX_SECTION_VERSION;
            }
            case StreamTags.COMMAND -> {
                int length = u16(at + 3);
                yield length < MAX_COMMAND_LENGTH && CommandCode.exists(u16(at + 1), length);
            }
            default -> false;
        };
    }

    private static boolean printable(String name) {
        return name.chars().allMatch(c -> c > ' ' - 1 && c < 0x7f);
    }

    /// The byte at an offset ahead, or -1 if the input or the reader's lookahead ends before it.
    private int byteAt(int at) throws IOException {
        return at < LOOK_AHEAD ? in.peek(at) : -1;
    }

    private boolean text(int at, String expected) throws IOException {
        for (int i = 0; i < expected.length(); i++) {
            if (byteAt(at + i) != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// The counted string at an offset ahead, or null if the input ends before it does.
    private @Nullable String str8(int at) throws IOException {
        int length = byteAt(at);
        if (length < 0 || byteAt(at + length) < 0) {
            return null;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 1; i <= length; i++) {
            bytes.write(byteAt(at + i));
        }
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /// An unsigned number, or a negative one if the input ends before it does.
    private int u16(int at) throws IOException {
        int low = byteAt(at + 1);
        return low < 0 ? -1 : byteAt(at) << 8 | low;
    }

    private long u32(int at) throws IOException {
        int low = u16(at + 2);
        return low < 0 ? -1 : (long) u16(at) << 16 | low;
    }
}
