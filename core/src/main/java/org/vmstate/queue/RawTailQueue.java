// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A C tail queue in native memory, QEMU's `QTAILQ` or the `TAILQ` of `<sys/queue.h>`, without
/// knowing its types.
///
/// ```
/// head   first → element      last     → link of the last element, or of the head
/// entry  next  → element      previous → link of the element before, or of the head
/// ```
///
/// A *link* is the place of the pointer `first` or `next`. A head that is all zero counts as empty.
/// QEMU: `QTAILQ_RAW_*`.
public final class RawTailQueue extends RawQueue {
    /// Where a kind of tail queue has its pointers.
    public static final class Layout {
        private final RawLayout layout;

        private Layout(RawLayout layout) {
            this.layout = layout;
        }

        /// Finds the pointers in the layout of a queue's head, and in that of an element at the
        /// path of its entry.
        public static Layout of(MemoryLayout head, MemoryLayout element, PathElement... entry) {
            return new Layout(RawLayout.of(2, head, element, entry));
        }

        /// The queue whose head is at the start of `head`.
        public RawTailQueue at(MemorySegment head) {
            return new RawTailQueue(layout, head);
        }
    }

    private RawTailQueue(RawLayout layout, MemorySegment head) {
        super(layout, head);
    }

    /// The last element, or null where there is none.
    public @Nullable MemorySegment last() {
        return segment(lastElement());
    }

    /// The elements from the last to the first.
    public Iterable<MemorySegment> reversed() {
        return () -> backwards(lastElement());
    }

    /// Inserts `element` behind all others; it must not be in a queue through this entry, which
    /// nothing in C's memory tells.
    public void insertTail(MemorySegment element) {
        long added = address(element);
        long link = lastLink();
        if (added + layout.next() == link) {
            throw new IllegalStateException("element is already the last one");
        }
        holder(link, 0);
        RawMemory.setPointer(added + layout.next(), 0);
        RawMemory.setPointer(added + layout.previous(), link);
        RawMemory.setPointer(link, added);
        RawMemory.setPointer(lastPointer(), added + layout.next());
    }

    @Override
    public void init() {
        RawMemory.setPointer(headLink(), 0);
        RawMemory.setPointer(lastPointer(), headLink());
    }

    @Override
    void checkEnd(long link) {
        if (lastLink() != link) {
            throw corrupt(link - layout.next(), "is not the last one for the head");
        }
    }

    private long lastPointer() {
        return headAddress() + layout.last();
    }

    private long lastLink() {
        long link = RawMemory.pointer(lastPointer());
        return link == 0 && isEmpty() ? headLink() : link;
    }

    private long lastElement() {
        return holder(lastLink(), 0);
    }
}
