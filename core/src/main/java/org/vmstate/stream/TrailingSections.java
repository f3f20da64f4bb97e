// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Finds the run of full sections at the end of a stream by going backwards over their expected
/// lengths.
///
/// This is how the devices behind gigabytes of RAM are reached without touching them.
final class TrailingSections {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
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
        long headBytes = 14L + name.length;
        if (section.bodyLength() > bodyEnd - headBytes) {
            return -1;
        }
        long start = bodyEnd - section.bodyLength() - headBytes;
        boolean fits =
                memory.get(BYTE, start) == Tags.SECTION_FULL
                        && (memory.get(BYTE, start + 5) & 0xff) == name.length
                        && memory.asSlice(start + 6, name.length)
                                        .mismatch(MemorySegment.ofArray(name))
                                < 0
                        && Integer.toUnsignedLong(memory.get(U32, start + 6 + name.length))
                                == section.instanceId()
                        && (!footers
                                || (memory.get(BYTE, bodyEnd) == Tags.SECTION_FOOTER
                                        && memory.get(U32, bodyEnd + 1)
                                                == memory.get(U32, start + 1)));
        return fits ? start : -1;
    }
}
