// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.vmstate.wire.RangeSource;

/// Bytes in memory as a source of ranges.
///
/// @param remote whether the source says that access is slow
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ByteRanges(byte[] bytes, boolean remote) implements RangeSource {
    @Override
    public int read(long position, ByteBuffer target) {
        if (position >= bytes.length) {
            return -1;
        }
        int count = (int) Math.min(target.remaining(), bytes.length - position);
        target.put(bytes, (int) position, count);
        return count;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(bytes.length);
    }

    @Override
    public void close() {}
}
