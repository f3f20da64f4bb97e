// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Numbers that are the same for equal contents, and almost certainly different for others. They
/// are not meant to resist an attacker: equal numbers are a reason to compare.
final class Digest {
    private static final long MULTIPLIER = 0x9e37_79b9_7f4a_7c15L;
    private static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Digest() {}

    /// Returns the digest of bytes that follow others.
    ///
    /// @param before the digest of what precedes them, or a number that is part of the content
    static long of(long before, MemorySegment bytes) {
        long hash = before;
        long size = bytes.byteSize();
        long at = 0;
        for (; at + Long.BYTES <= size; at += Long.BYTES) {
            hash = next(hash, bytes.get(WORD, at));
        }
        for (; at < size; at++) {
            hash = next(hash, bytes.get(ValueLayout.JAVA_BYTE, at));
        }
        return hash ^ hash >>> 32;
    }

    /// Returns the digest of a number.
    static long of(long number) {
        return number * MULTIPLIER;
    }

    /// Returns the digest of a text.
    static long of(String text) {
        long hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = next(hash, text.charAt(i));
        }
        return hash;
    }

    private static long next(long hash, long value) {
        return (Long.rotateLeft(hash, 29) ^ value) * MULTIPLIER;
    }
}
