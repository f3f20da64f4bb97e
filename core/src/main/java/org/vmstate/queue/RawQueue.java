// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// What [RawTailQueue] and [RawListQueue] have in common: a queue of C structures, walked by the
/// offsets of its pointers.
///
/// In both, an element points to the next *element* and back to the previous *link*: the address of
/// the pointer that leads to it, which is in the element before or in the head.
///
/// Each step checks that the two neighbours agree about each other, and throws
/// `IllegalStateException` where they do not. As every element has only one way back, a walk over
/// corrupt memory cannot go round in a circle. A pointer to where no memory is ends the process, as
/// it does in C.
///
/// Elements come out as segments of the element's size that are always alive, because nothing says
/// how long C keeps them. Iteration may remove or free the element it has just returned.
public abstract sealed class RawQueue implements Iterable<MemorySegment>
        permits RawTailQueue, RawListQueue {
    final RawLayout layout;
    private final MemorySegment head;

    RawQueue(RawLayout layout, MemorySegment head) {
        RawMemory.addressOf(head, layout.headSize());
        this.layout = layout;
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
        return segment(following(headLink()));
    }

    /// The element after `element`, or null where it is the last one.
    public final @Nullable MemorySegment next(MemorySegment element) {
        return segment(following(address(element) + layout.next()));
    }

    /// The element before `element`, or null where it is the first one.
    public final @Nullable MemorySegment prev(MemorySegment element) {
        return segment(preceding(address(element)));
    }

    /// The elements from the first to the last.
    @Override
    public final Iterator<MemorySegment> iterator() {
        return new Walk(following(headLink()), element -> following(element + layout.next()));
    }

    /// Checks the end of the queue, where `link` holds the null pointer.
    abstract void checkEnd(long link);

    /// The address of the head.
    final long headAddress() {
        return RawMemory.addressOf(head, layout.headSize());
    }

    /// The address of the head's pointer to the first element.
    final long headLink() {
        return headAddress() + layout.first();
    }

    final long address(MemorySegment element) {
        return RawMemory.addressOf(element, layout.elementSize());
    }

    final @Nullable MemorySegment segment(long element) {
        return element == 0 ? null : RawMemory.slice(element, layout.elementSize());
    }

    final Iterator<MemorySegment> backwards(long last) {
        return new Walk(last, this::preceding);
    }

    /// The element that holds `link`, whose next element is `following` (0 at the end), or 0 where
    /// the head holds it.
    final long holder(long link, long following) {
        if (link <= 0 || RawMemory.pointer(link) != following) {
            throw corrupt(following, "is not where its predecessor points");
        }
        return link == headLink() ? 0 : checked(link - layout.next());
    }

    final IllegalStateException corrupt(long element, String what) {
        return new IllegalStateException(
                "queue at 0x%x: element at 0x%x %s".formatted(head.address(), element, what));
    }

    /// The element that `link` leads to, or 0 at the end.
    final long following(long link) {
        long element = RawMemory.pointer(link);
        if (element == 0) {
            checkEnd(link);
            return 0;
        }
        if (checked(element) + layout.next() == headLink()) {
            throw corrupt(element, "is the head");
        }
        if (RawMemory.pointer(element + layout.previous()) != link) {
            throw corrupt(element, "does not link back to its predecessor");
        }
        return element;
    }

    private long preceding(long element) {
        return holder(RawMemory.pointer(element + layout.previous()), element);
    }

    private long checked(long element) {
        if (element <= 0 || element % layout.elementAlignment() != 0) {
            throw corrupt(element, "cannot be one");
        }
        return element;
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
