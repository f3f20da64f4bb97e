// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A queue of operations of one lane, with the bytes that they need.
final class Batch {
    /// The size of a stripe, and so the maximum size of an operation.
    static final int BYTES = Lanes.STRIPE_BYTES;

    private static final int MAX_OPERATIONS = 1 << 10;

    /// Hand over once this many borrowed bytes are queued.
    private static final int MAX_OUTSIDE = 4 * BYTES;

    private final byte[] bytes = new byte[BYTES];
    private final MemorySegment memory;
    private final List<PageOperation> operations = new ArrayList<>();
    private int length;
    private int outside;

    /// Creates a batch with memory allocated from `arena`.
    Batch(Arena arena) {
        this.memory = arena.allocate(BYTES);
    }

    /// The encoded bytes of the pages to decode.
    byte[] bytes() {
        return bytes;
    }

    List<PageOperation> operations() {
        return operations;
    }

    boolean isEmpty() {
        return operations.isEmpty();
    }

    /// Whether an operation with `count` bytes does not fit any more.
    boolean tooFullFor(int count) {
        return count > BYTES - length
                || outside >= MAX_OUTSIDE
                || operations.size() == MAX_OPERATIONS;
    }

    /// Adds the decoding of a page; returns the index in [#bytes()] at which the caller stores the
    /// encoded bytes.
    int decode(
            BlockFile file,
            long offset,
            int pageSize,
            long number,
            PageOperation.Codec codec,
            int count,
            long record) {
        int at = length;
        operations.add(
                new PageOperation.Decode(file, offset, pageSize, number, codec, at, count, record));
        length += count;
        return at;
    }

    /// Adds a write; returns the memory to which the caller copies its bytes.
    MemorySegment put(BlockFile file, long offset, int count, long number) {
        int at = length;
        add(file, offset, count, number, memory, at);
        length += count;
        return memory.asSlice(at, count);
    }

    /// Adds a write of bytes in memory that the batch does not own.
    void put(BlockFile file, long offset, int count, long number, MemorySegment from, long at) {
        add(file, offset, count, number, from, at);
        outside += count;
    }

    /// Adds a write, or extends the last one if the new one continues it.
    private void add(
            BlockFile file, long offset, int count, long number, MemorySegment from, long at) {
        if (!operations.isEmpty()
                && operations.getLast() instanceof PageOperation.Put last
                && follows(last, file, offset)
                && last.memory().equals(from)
                && last.at() + last.count() == at) {
            operations.set(
                    operations.size() - 1,
                    new PageOperation.Put(
                            file,
                            last.offset(),
                            last.count() + count,
                            last.number(),
                            from,
                            last.at()));
        } else {
            operations.add(new PageOperation.Put(file, offset, count, number, from, at));
        }
    }

    /// Adds zeroing a range, or extends the last operation if the range continues it.
    void zero(BlockFile file, long offset, int count, long number) {
        if (!operations.isEmpty()
                && operations.getLast() instanceof PageOperation.Zero last
                && follows(last, file, offset)
                && count <= BYTES - last.count()) {
            operations.set(
                    operations.size() - 1,
                    new PageOperation.Zero(
                            file, last.offset(), last.count() + count, last.number()));
        } else {
            operations.add(new PageOperation.Zero(file, offset, count, number));
        }
    }

    @SuppressWarnings("ReferenceEquality") // one BlockFile per block
    static boolean follows(PageOperation last, BlockFile file, long offset) {
        return last.file() == file && last.offset() + last.count() == offset;
    }

    /// Removes all operations.
    void clear() {
        operations.clear();
        length = 0;
        outside = 0;
    }
}
