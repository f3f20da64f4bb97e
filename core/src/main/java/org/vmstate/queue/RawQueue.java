// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The common base of [RawTailQueue] and [RawListQueue]: a queue of C structures, traversed by the
/// offsets of its pointers.
///
/// In both, an element points to the next *element* and to the previous *link*: the address of the
/// pointer that points to the element, which is in the previous element or in the head.
///
/// Each step checks that two neighbours point to each other, and throws `IllegalStateException` if
/// they do not. Since every element has only one predecessor, iteration over corrupt memory cannot
/// loop. A pointer to unmapped memory crashes the process, as it does in C.
///
/// Elements are returned as segments of the element's size that are always alive, because C code
/// controls their lifetime. Callers may remove or free the element that an iterator has just
/// returned.
public abstract sealed class RawQueue implements Iterable<MemorySegment>
        permits RawTailQueue, RawListQueue {
    final Offsets kind;
    private final MemorySegment head;

    /// The offsets of the pointers in the heads and elements of one kind of queue.
    ///
    /// A layout can also traverse a queue by addresses, without an object per element: an element
    /// is represented by its address, no element by 0, and a head by an address that [#head] has
    /// checked.
    public abstract static sealed class Offsets permits RawTailQueue.Offsets, RawListQueue.Offsets {
        final RawLayout raw;

        Offsets(RawLayout raw) {
            this.raw = raw;
        }

        /// Returns the queue whose head is at the start of `head`.
        public abstract RawQueue at(MemorySegment head);

        /// Returns the address of the head at an offset in native memory.
        public final long head(MemorySegment memory, long offset) {
            return RawMemory.addressOf(memory, offset + raw.headSize()) + offset;
        }

        /// Returns the first element of the queue with a head.
        public final long first(long head) {
            return following(head, head + raw.first());
        }

        /// Returns the element after another one.
        public final long next(long head, long element) {
            return following(head, element + raw.next());
        }

        /// Returns the memory of an element.
        public final MemorySegment element(long address) {
            return RawMemory.slice(address, raw.elementSize());
        }

        /// Checks the end of a queue: `link` contains the null pointer.
        abstract void checkEnd(long head, long link);

        /// Returns the element that `link` points to.
        final long following(long head, long link) {
            long element = RawMemory.pointer(link);
            if (element == 0) {
                checkEnd(head, link);
                return 0;
            }
            if (checked(head, element) + raw.next() == head + raw.first()) {
                throw corrupt(head, element, "is the head");
            }
            if (RawMemory.pointer(element + raw.previous()) != link) {
                throw corrupt(head, element, "does not link back to its predecessor");
            }
            return element;
        }

        /// Returns the element that contains `link`, whose next element is `following` (0 at the
        /// end), or 0 if the head contains it.
        final long holder(long head, long link, long following) {
            if (link <= 0 || RawMemory.pointer(link) != following) {
                throw corrupt(head, following, "is not where its predecessor points");
            }
            return link == head + raw.first() ? 0 : checked(head, link - raw.next());
        }

        private long checked(long head, long element) {
            if (element <= 0 || element % raw.elementAlignment() != 0) {
                throw corrupt(head, element, "cannot be one");
            }
            return element;
        }

        static IllegalStateException corrupt(long head, long element, String what) {
            return new IllegalStateException(
                    "queue at 0x%x: element at 0x%x %s".formatted(head, element, what));
        }
    }

    RawQueue(Offsets kind, MemorySegment head) {
        kind.head(head, 0);
        this.kind = kind;
        this.head = head;
    }

    /// Initializes the head as an empty queue, regardless of its previous contents. Elements are
    /// not changed.
    public abstract void init();

    /// Whether there is no element.
    public final boolean isEmpty() {
        return RawMemory.pointer(headLink()) == 0;
    }

    /// The first element, or null if the queue is empty.
    public final @Nullable MemorySegment first() {
        return segment(kind.first(headAddress()));
    }

    /// The element after `element`, or null if it is the last one.
    public final @Nullable MemorySegment next(MemorySegment element) {
        return segment(kind.next(headAddress(), address(element)));
    }

    /// The element before `element`, or null if it is the first one.
    public final @Nullable MemorySegment prev(MemorySegment element) {
        return segment(preceding(address(element)));
    }

    /// The elements from the first to the last.
    @Override
    public final Iterator<MemorySegment> iterator() {
        return new Walk(kind.first(headAddress()), e -> kind.next(headAddress(), e));
    }

    /// The address of the head.
    final long headAddress() {
        return kind.head(head, 0);
    }

    /// The address of the head's pointer to the first element.
    final long headLink() {
        return headAddress() + kind.raw.first();
    }

    final long address(MemorySegment element) {
        return RawMemory.addressOf(element, kind.raw.elementSize());
    }

    final @Nullable MemorySegment segment(long element) {
        return element == 0 ? null : kind.element(element);
    }

    final Iterator<MemorySegment> backwards(long last) {
        return new Walk(last, this::preceding);
    }

    private long preceding(long element) {
        return kind.holder(
                headAddress(), RawMemory.pointer(element + kind.raw.previous()), element);
    }

    private final class Walk implements Iterator<MemorySegment> {
        private final LongUnaryOperator step;
        private long upcoming;

        Walk(long start, LongUnaryOperator step) {
            this.upcoming = start;
            this.step = step;
        }

        @Override
        public boolean hasNext() {
            return upcoming != 0;
        }

        @Override
        public MemorySegment next() {
            MemorySegment element = segment(upcoming);
            if (element == null) {
                throw new NoSuchElementException();
            }
            upcoming = step.applyAsLong(upcoming);
            return element;
        }
    }
}
