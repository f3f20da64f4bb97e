// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// An input stream that reads arrays; a single byte is read as an array of length 1.
abstract class BulkInputStream extends InputStream {
    private static final int MIN_ROOM = 1 << 16;

    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] target, int offset, int length) throws IOException;

    /// Reads `count` bytes into `known`, or into a longer array that grows with the bytes that
    /// arrive, because `count` may be wrong. Returns the array.
    static byte[] filled(InputStream in, byte[] known, int count) throws IOException {
        byte[] target = known;
        for (int got = 0; got < count; ) {
            target = withRoom(target, got, 1, count);
            int step = in.read(target, got, Math.min(count, target.length) - got);
            if (step < 0) {
                throw new EOFException("a block is cut short");
            }
            got += step;
        }
        return target;
    }

    /// Returns the array, or a longer copy of at most `most` bytes, with room for `count` bytes
    /// from index `end` on.
    static byte[] withRoom(byte[] known, int end, int count, int most) {
        int needed = end + count;
        return needed <= known.length
                ? known
                : Arrays.copyOf(
                        known, Math.min(most, Math.max(needed, Math.max(MIN_ROOM, 2 * end))));
    }
}
