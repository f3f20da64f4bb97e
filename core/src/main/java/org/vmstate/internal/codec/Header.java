// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.wire.BigEndian;

/// Splits constant bytes into numbers that code compares or writes.
///
/// The header of a subsection is a name and a few bytes, that is, three or four numbers. Handling
/// them inline is cheaper than calling a routine.
final class Header {
    private Header() {}

    /// A number of 8 bytes or 1 byte, and its index.
    record Chunk(int at, int bytes, long value) {}

    /// Returns numbers that together cover all bytes; the last one may overlap the one before.
    static List<Chunk> chunks(byte[] header) {
        List<Chunk> chunks = new ArrayList<>();
        int size = header.length;
        if (size < Long.BYTES) {
            for (int i = 0; i < size; i++) {
                chunks.add(new Chunk(i, 1, header[i]));
            }
            return chunks;
        }
        for (int i = 0; i < size; i += Long.BYTES) {
            int at = Math.min(i, size - Long.BYTES);
            chunks.add(new Chunk(at, Long.BYTES, BigEndian.int64(header, at)));
        }
        return chunks;
    }
}
