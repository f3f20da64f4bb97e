// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;

/// A C list in native memory, QEMU's `QLIST` or the `LIST` of `<sys/queue.h>`, accessed by offsets.
///
/// ```
/// head   first → element
/// entry  next  → element      previous → link of the element before, or of the head
/// ```
///
/// A *link* is the address of the pointer `first` or `next`. A head that is zero is an empty list.
/// QEMU: `QLIST_RAW_*`.
public final class RawListQueue extends RawQueue {
    /// The offsets of the pointers in the heads and elements of one kind of list.
    public static final class Offsets extends RawQueue.Offsets {
        private Offsets(RawLayout raw) {
            super(raw);
        }

        /// Finds the pointers in the layout of a list's head, and in that of an element at the path
        /// of its entry.
        public static Offsets of(MemoryLayout head, MemoryLayout element, PathElement... entry) {
            return new Offsets(RawLayout.of(1, head, element, entry));
        }

        @Override
        public RawListQueue at(MemorySegment head) {
            return new RawListQueue(this, head);
        }

        @Override
        void checkEnd(long head, long link) {
            // The head of a list has no pointer to its end.
        }
    }

    private RawListQueue(Offsets kind, MemorySegment head) {
        super(kind, head);
    }

    /// Inserts `element` before all others. It must not be in a list through this entry, which
    /// cannot be checked.
    public void insertHead(MemorySegment element) {
        insert(headLink(), address(element));
    }

    /// Inserts `element` right after `position`. It must not be in a list through this entry, which
    /// cannot be checked.
    public void insertAfter(MemorySegment position, MemorySegment element) {
        insert(address(position) + kind.raw.next(), address(element));
    }

    @Override
    public void init() {
        RawMemory.setPointer(headLink(), 0);
    }

    private void insert(long link, long added) {
        long following = kind.following(headAddress(), link);
        if (following == added || link == added + kind.raw.next()) {
            throw new IllegalStateException("element is already there");
        }
        RawMemory.setPointer(added + kind.raw.next(), following);
        RawMemory.setPointer(added + kind.raw.previous(), link);
        RawMemory.setPointer(link, added);
        if (following != 0) {
            RawMemory.setPointer(following + kind.raw.previous(), added + kind.raw.next());
        }
    }
}
