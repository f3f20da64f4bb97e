// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Operations of one lane in their order, with the bytes they need.
final class Batch {
    /// Enough for a stripe, and so for any operation.
    static final int BYTES = Lanes.STRIPE_BYTES;

    private static final int MAX_OPERATIONS = 1 << 10;

    private final byte[] bytes = new byte[BYTES];
    private final MemorySegment memory;
    private final List<PageOperation> operations = new ArrayList<>();
    private int length;

    /// A batch whose memory is that of `arena`.
    Batch(Arena arena) {
        this.memory = arena.allocate(BYTES);
    }

    /// What is encoded.
    byte[] bytes() {
        return bytes;
    }

    List<PageOperation> operations() {
        return operations;
    }

    boolean isEmpty() {
        return operations.isEmpty();
    }

    /// Whether another operation with `count` bytes does not go into it.
    boolean tooFullFor(int count) {
        return count > BYTES - length || operations.size() == MAX_OPERATIONS;
    }

    /// Adds an operation, which has its bytes at [#length()]; they are filled in by the caller.
    void add(PageOperation operation, int count) {
        operations.add(operation);
        length += count;
    }

    /// Adds a piece to be put; returns where its bytes go.
    MemorySegment put(BlockFile file, long offset, int count, long number) {
        int at = length;
        put(file, offset, count, number, memory, at);
        length += count;
        return memory.asSlice(at, count);
    }

    /// Adds a piece to be put out of `from`, to the one before if it goes on there.
    void put(BlockFile file, long offset, int count, long number, MemorySegment from, long at) {
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

    /// Adds a piece to be zero, to the one before if it goes on there.
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
            add(new PageOperation.Zero(file, offset, count, number), 0);
        }
    }

    @SuppressWarnings("ReferenceEquality") // a block has one file
    static boolean follows(PageOperation last, BlockFile file, long offset) {
        return last.file() == file && last.offset() + last.count() == offset;
    }

    /// Where the next bytes go.
    int length() {
        return length;
    }

    /// Makes it empty again.
    void clear() {
        operations.clear();
        length = 0;
    }
}
