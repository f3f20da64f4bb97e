// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Finds the run of full sections at the end of a stream by going backwards over their expected
/// lengths.
///
/// This is how the devices behind gigabytes of RAM are reached without touching them.
final class TrailingSections {
    private static final int FOOTER_BYTES = 5;

    private TrailingSections() {}

    /// Where the last sections begin, and how many of the expected ones they are.
    record Run(long start, int count) {}

    /// Goes back from `end`, the offset in `memory` of the end-of-stream byte, as long as headers
    /// and footers are where the lengths say.
    static Run find(
            MemorySegment memory, long end, List<ExpectedSection> expected, boolean footers) {
        long at = end;
        int count = 0;
        for (ExpectedSection section : expected.reversed()) {
            long start = startOf(memory, at, section, footers);
            if (start < 0) {
                break;
            }
            at = start;
            count++;
        }
        return new Run(at, count);
    }

    private static long startOf(
            MemorySegment memory, long end, ExpectedSection section, boolean footers) {
        byte[] name = section.idString().getBytes(StandardCharsets.UTF_8);
        long bodyEnd = footers ? end - FOOTER_BYTES : end;
        int headBytes = 14 + name.length;
        if (section.bodyLength() > bodyEnd - headBytes) {
            return -1;
        }
        long start = bodyEnd - section.bodyLength() - headBytes;
        ByteBuffer head = memory.asSlice(start, headBytes).asByteBuffer();
        boolean fits =
                head.get(0) == Tags.SECTION_FULL
                        && (head.get(5) & 0xff) == name.length
                        && head.slice(6, name.length).equals(ByteBuffer.wrap(name))
                        && Integer.toUnsignedLong(head.getInt(6 + name.length))
                                == section.instanceId();
        if (fits && footers) {
            ByteBuffer footer = memory.asSlice(bodyEnd, FOOTER_BYTES).asByteBuffer();
            fits = footer.get(0) == Tags.SECTION_FOOTER && footer.getInt(1) == head.getInt(1);
        }
        return fits ? start : -1;
    }
}
