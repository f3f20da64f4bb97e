// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Compares memory that may be mapped from a file.
///
/// [MemorySegment#mismatch(MemorySegment)] must not be used for mapped memory: the JVM executes it
/// in a stub of its own (`StubRoutines::vectorizedMismatch`), in which an access to a page that is
/// no longer in the file ends the process with SIGBUS. An access of compiled Java code throws an
/// [InternalError] instead, see [MappedFile]. Seen with JDK 25.0.3.
public final class MappedComparison {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    /// The number of bytes that are compared without looking for the first difference.
    private static final int CHUNK_BYTES = 4096;

    private MappedComparison() {}

    /// Returns the offset of the first byte that differs, the length of the shorter segment if it
    /// is a prefix of the other one, or -1 if both are equal.
    public static long mismatch(MemorySegment a, MemorySegment b) {
        long count = Math.min(a.byteSize(), b.byteSize());
        long at = mismatch(a, 0, b, 0, count);
        return at >= 0 || a.byteSize() == b.byteSize() ? at : count;
    }

    /// Compares `count` bytes from an offset in each segment on; returns the index of the first one
    /// that differs, or -1 if all are equal.
    public static long mismatch(
            MemorySegment a, long fromA, MemorySegment b, long fromB, long count) {
        if (!a.isMapped() && !b.isMapped()) {
            return MemorySegment.mismatch(a, fromA, fromA + count, b, fromB, fromB + count);
        }
        for (long done = 0; done < count; done += CHUNK_BYTES) {
            int length = (int) Math.min(CHUNK_BYTES, count - done);
            if (differs(a, fromA + done, b, fromB + done, length)) {
                return done + first(a, fromA + done, b, fromB + done, length);
            }
        }
        return -1;
    }

    /// A loop without an exit, which the JIT compiler vectorizes.
    private static boolean differs(
            MemorySegment a, long fromA, MemorySegment b, long fromB, int count) {
        int words = count / Long.BYTES;
        long difference = 0;
        for (int i = 0; i < words; i++) {
            long at = (long) i * Long.BYTES;
            difference |= a.get(WORD, fromA + at) ^ b.get(WORD, fromB + at);
        }
        for (int i = words * Long.BYTES; i < count; i++) {
            difference |=
                    a.get(ValueLayout.JAVA_BYTE, fromA + i)
                            ^ b.get(ValueLayout.JAVA_BYTE, fromB + i);
        }
        return difference != 0;
    }

    private static int first(MemorySegment a, long fromA, MemorySegment b, long fromB, int count) {
        int i = 0;
        while (i < count - 1
                && a.get(ValueLayout.JAVA_BYTE, fromA + i)
                        == b.get(ValueLayout.JAVA_BYTE, fromB + i)) {
            i++;
        }
        return i;
    }
}
