// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;

/// Finds the description at the end of a stream without reading what is before it.
///
/// JSON text has no byte below 0x20 but white space, so the text is the last run of such bytes; the
/// tag and the length in front of it, and the end of the stream before those, must agree with where
/// it begins.
public final class DescriptionLocator {
    private static final ValueLayout.OfInt LENGTH =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN);
    private static final int HEAD_BYTES = 5;

    /// The last bytes of the length may look like text.
    private static final int LENGTH_BYTES_LIKE_TEXT = 3;

    private DescriptionLocator() {}

    /// The description that ends where the source ends, or nothing; `in` can seek and is not moved.
    public static Optional<Description> find(WireReader in) throws TruncatedException {
        long size = in.remaining().orElseThrow();
        long origin = in.position();
        MemorySegment memory = in.view(origin, size);
        long text = textStart(memory, in.limits().maxDescriptionBytes());
        for (long json = text; json <= text + LENGTH_BYTES_LIKE_TEXT && json < size; json++) {
            long tag = json - HEAD_BYTES;
            if (tag >= 1
                    && memory.get(ValueLayout.JAVA_BYTE, tag) == Tags.DESCRIPTION
                    && Integer.toUnsignedLong(memory.get(LENGTH, tag + 1)) == size - json
                    && memory.get(ValueLayout.JAVA_BYTE, tag - 1) == Tags.END_OF_STREAM) {
                return Optional.of(
                        new Description(
                                origin + tag,
                                new Body.Present(origin + json, memory.asSlice(json))));
            }
        }
        return Optional.empty();
    }

    private static long textStart(MemorySegment memory, int maxLength) {
        long at = memory.byteSize();
        long stop = Math.max(0, at - maxLength);
        while (at > stop && isText(memory.get(ValueLayout.JAVA_BYTE, at - 1))) {
            at--;
        }
        return at;
    }

    private static boolean isText(byte b) {
        return (b & 0xe0) != 0 || b == '\n' || b == '\t' || b == '\r';
    }
}
