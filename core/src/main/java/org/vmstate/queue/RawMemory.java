// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The native memory of the process, in which C pointers are dereferenced.
final class RawMemory {
    @SuppressWarnings("restricted") // raw queues have to dereference C pointers
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private RawMemory() {}

    /// The pointer stored at `address`; 0 for a null pointer.
    static long pointer(long address) {
        return ALL.get(ValueLayout.ADDRESS_UNALIGNED, address).address();
    }

    static void setPointer(long address, long value) {
        ALL.set(ValueLayout.ADDRESS_UNALIGNED, address, MemorySegment.ofAddress(value));
    }

    static MemorySegment slice(long address, long size) {
        return ALL.asSlice(address, size);
    }

    /// The address of a segment, which must be native, alive and at least `size` bytes long.
    static long addressOf(MemorySegment segment, long size) {
        if (!segment.isNative() || segment.byteSize() < size) {
            throw new IllegalArgumentException(
                    "not native memory of at least " + size + " bytes: " + segment);
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("memory has been freed: " + segment);
        }
        return segment.address();
    }
}
