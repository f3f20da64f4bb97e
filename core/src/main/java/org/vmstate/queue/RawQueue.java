// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// The common part of [RawTailQueue] and [RawListQueue]: a queue of C structures, walked by the
/// offsets of its pointers.
///
/// In both, an element points to the next *element* and back to the previous *link*: the address of
/// the pointer that leads to it, which is in the element before or in the head.
///
/// Each step checks that the two neighbours agree about each other, and throws
/// `IllegalStateException` where they do not. As every element has only one predecessor, a walk
/// over corrupt memory cannot loop. A pointer to unmapped memory ends the process, as it does in C.
///
/// Elements are returned as segments of the element's size that are always alive, because their
/// lifetime is up to C. Iteration may remove or free the element it has just returned.
public abstract sealed class RawQueue implements Iterable<MemorySegment>
        permits RawTailQueue, RawListQueue {
    final Layout kind;
    private final MemorySegment head;

    /// The offsets of the pointers in the heads and elements of one kind of queue.
    ///
    /// A layout also walks a queue by addresses, without an object per element: an element is its
    /// address, 0 stands for none, and a head is an address that [#head] has checked.
    public abstract static sealed class Layout permits RawTailQueue.Layout, RawListQueue.Layout {
        final RawLayout raw;

        Layout(RawLayout raw) {
            this.raw = raw;
        }

        /// The queue whose head is at the start of `head`.
        public abstract RawQueue at(MemorySegment head);

        /// The address of the head that is at an offset of native memory.
        public final long head(MemorySegment memory, long offset) {
            return RawMemory.addressOf(memory, offset + raw.headSize()) + offset;
        }

        /// The first element of the queue with that head.
        public final long first(long head) {
            return following(head, head + raw.first());
        }

        /// The element after another.
        public final long next(long head, long element) {
            return following(head, element + raw.next());
        }

        /// The memory of an element.
        public final MemorySegment element(long address) {
            return RawMemory.slice(address, raw.elementSize());
        }

        /// Checks the end of a queue, where `link` holds the null pointer.
        abstract void checkEnd(long head, long link);

        /// The element that `link` leads to.
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

        /// The element that holds `link`, whose next element is `following` (0 at the end), or 0
        /// where the head holds it.
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

    RawQueue(Layout kind, MemorySegment head) {
        kind.head(head, 0);
        this.kind = kind;
        this.head = head;
    }

    /// Makes the queue empty, whatever its memory held before; elements are left alone.
    public abstract void init();

    /// Whether there is no element.
    public final boolean isEmpty() {
        return RawMemory.pointer(headLink()) == 0;
    }

    /// The first element, or null where there is none.
    public final @Nullable MemorySegment first() {
        return segment(kind.first(headAddress()));
    }

    /// The element after `element`, or null where it is the last one.
    public final @Nullable MemorySegment next(MemorySegment element) {
        return segment(kind.next(headAddress(), address(element)));
    }

    /// The element before `element`, or null where it is the first one.
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
