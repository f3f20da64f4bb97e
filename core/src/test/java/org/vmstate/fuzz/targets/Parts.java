// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Structure.Kind;

/// An input of several parts, each preceded by its length in four bytes. If a length exceeds the
/// remaining bytes, the part consists of these.
final class Parts {
    private static final int LENGTH_BYTES = 4;

    private Parts() {}

    /// The bytes of one part.
    record Range(int from, int to) {
        byte[] of(byte[] input) {
            return Arrays.copyOfRange(input, from, to);
        }
    }

    static byte[] join(List<byte[]> parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(ByteBuffer.allocate(LENGTH_BYTES).putInt(part.length).array());
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /// Returns the parts, at least one, which may be empty, and at most `most`.
    static List<Range> ranges(byte[] input, int most) {
        List<Range> ranges = new ArrayList<>();
        int at = 0;
        while (ranges.size() < most && at + LENGTH_BYTES <= input.length) {
            long length = Integer.toUnsignedLong(ByteBuffer.wrap(input).getInt(at));
            int from = at + LENGTH_BYTES;
            at = (int) Math.min(input.length, from + length);
            ranges.add(new Range(from, at));
        }
        return ranges.isEmpty() ? List.of(new Range(0, 0)) : ranges;
    }

    /// Adds the parts and their lengths.
    static void add(List<Range> ranges, Structure structure) {
        for (Range range : ranges) {
            structure.span(range.from, range.to, Kind.BYTES);
            if (range.from >= LENGTH_BYTES) {
                structure.length(range.from - LENGTH_BYTES, LENGTH_BYTES, range.from, range.to);
            }
        }
    }
}
