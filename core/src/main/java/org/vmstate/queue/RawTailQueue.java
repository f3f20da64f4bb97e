// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A C tail queue in native memory, QEMU's `QTAILQ` or the `TAILQ` of `<sys/queue.h>`, accessed by
/// offsets.
///
/// ```
/// head   first → element      last     → link of the last element, or of the head
/// entry  next  → element      previous → link of the element before, or of the head
/// ```
///
/// A *link* is the address of the pointer `first` or `next`. A head that is all zero is an empty
/// queue. QEMU: `QTAILQ_RAW_*`.
public final class RawTailQueue extends RawQueue {
    /// The offsets of the pointers in the heads and elements of one kind of tail queue.
    public static final class Offsets extends RawQueue.Offsets {
        private Offsets(RawLayout raw) {
            super(raw);
        }

        /// Finds the pointers in the layout of a queue's head, and in that of an element at the
        /// path of its entry.
        public static Offsets of(MemoryLayout head, MemoryLayout element, PathElement... entry) {
            return new Offsets(RawLayout.of(2, head, element, entry));
        }

        @Override
        public RawTailQueue at(MemorySegment head) {
            return new RawTailQueue(this, head);
        }

        /// Appends `element` to the queue with a head; see [RawTailQueue#insertTail].
        public void insertTail(long head, MemorySegment element) {
            long added = RawMemory.addressOf(element, raw.elementSize());
            long link = lastLink(head);
            if (added + raw.next() == link) {
                throw new IllegalStateException("element is already the last one");
            }
            holder(head, link, 0);
            RawMemory.setPointer(added + raw.next(), 0);
            RawMemory.setPointer(added + raw.previous(), link);
            RawMemory.setPointer(link, added);
            RawMemory.setPointer(head + raw.last(), added + raw.next());
        }

        @Override
        void checkEnd(long head, long link) {
            if (lastLink(head) != link) {
                throw corrupt(head, link - raw.next(), "is not the last one for the head");
            }
        }

        private long lastLink(long head) {
            long link = RawMemory.pointer(head + raw.last());
            boolean empty = RawMemory.pointer(head + raw.first()) == 0;
            return link == 0 && empty ? head + raw.first() : link;
        }
    }

    private final Offsets tail;

    private RawTailQueue(Offsets kind, MemorySegment head) {
        super(kind, head);
        this.tail = kind;
    }

    /// The last element, or null if the queue is empty.
    public @Nullable MemorySegment last() {
        return segment(lastElement());
    }

    /// The elements from the last to the first.
    public Iterable<MemorySegment> reversed() {
        return () -> backwards(lastElement());
    }

    /// Appends `element`. It must not be in a queue through this entry, which cannot be checked.
    public void insertTail(MemorySegment element) {
        tail.insertTail(headAddress(), element);
    }

    @Override
    public void init() {
        RawMemory.setPointer(headLink(), 0);
        RawMemory.setPointer(headAddress() + kind.raw.last(), headLink());
    }

    private long lastElement() {
        long head = headAddress();
        return kind.holder(head, tail.lastLink(head), 0);
    }
}
