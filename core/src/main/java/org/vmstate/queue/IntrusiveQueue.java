// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The common base of [TailQueue] and [ListQueue]: a queue whose elements contain their own links.
///
/// Every operation except [#clear] takes constant time, and no operation allocates a node. A link
/// refers to its queue, so an operation that would corrupt a queue (a second insertion, the removal
/// of an element of another queue) throws `IllegalStateException` before it changes anything.
///
/// Iteration may remove the element it has just returned, through the iterator or the queue, and
/// may insert elements anywhere. The next element is determined when the current one is returned,
/// as in C's `FOREACH_SAFE`; if it is removed in between, the next step throws
/// `ConcurrentModificationException`. Queues are not thread-safe.
public abstract sealed class IntrusiveQueue<E> implements Iterable<E> permits TailQueue, ListQueue {
    private final Function<? super E, ? extends Link<E>> links;
    private @Nullable E first;
    private @Nullable E last;
    private int size;

    /// The neighbours of the element that contains this link, while it is in a queue.
    abstract static sealed class Link<E> permits TailQueue.Link, ListQueue.Link {
        private @Nullable IntrusiveQueue<E> queue;
        private @Nullable E next;
        private @Nullable E previous;

        /// Whether the element is in any queue through this link.
        public final boolean isLinked() {
            return queue != null;
        }
    }

    IntrusiveQueue(Function<? super E, ? extends Link<E>> links) {
        this.links = Objects.requireNonNull(links);
    }

    /// Whether there is no element.
    public final boolean isEmpty() {
        return first == null;
    }

    /// The number of elements. C's queues do not maintain one.
    public final int size() {
        return size;
    }

    /// Whether `element` is in this queue; takes constant time.
    public final boolean contains(E element) {
        return link(element).queue == this;
    }

    /// The first element, or null if the queue is empty.
    public final @Nullable E first() {
        return first;
    }

    /// The element after `element`, or null if it is the last one.
    public final @Nullable E next(E element) {
        return member(element).next;
    }

    /// Inserts `element` before all others.
    public final void insertHead(E element) {
        insert(null, element, first);
    }

    /// Inserts `element` right before `position`.
    public final void insertBefore(E position, E element) {
        insert(member(position).previous, element, position);
    }

    /// Inserts `element` right after `position`.
    public final void insertAfter(E position, E element) {
        insert(position, element, member(position).next);
    }

    /// Removes `element`; it may then be inserted again, in this or another queue.
    public final void remove(E element) {
        Link<E> link = member(element);
        setNext(link.previous, link.next);
        setPrevious(link.next, link.previous);
        release(link);
    }

    /// Removes all elements.
    public final void clear() {
        E element = first;
        while (element != null) {
            Link<E> link = link(element);
            element = link.next;
            release(link);
        }
        first = null;
        last = null;
    }

    /// The elements from the first to the last.
    @Override
    public final Iterator<E> iterator() {
        return new Walk(first, true);
    }

    final @Nullable E lastElement() {
        return last;
    }

    final @Nullable E previous(E element) {
        return member(element).previous;
    }

    final void insertLast(E element) {
        insert(last, element, null);
    }

    final Iterator<E> reverseIterator() {
        return new Walk(last, false);
    }

    private void insert(@Nullable E previous, E element, @Nullable E next) {
        Link<E> link = link(element);
        if (link.queue != null) {
            throw new IllegalStateException(
                    link.queue == this
                            ? "element is already in this queue"
                            : "element is in another queue");
        }
        link.queue = this;
        link.previous = previous;
        link.next = next;
        setNext(previous, element);
        setPrevious(next, element);
        size++;
    }

    private void setNext(@Nullable E element, @Nullable E next) {
        if (element == null) {
            first = next;
        } else {
            link(element).next = next;
        }
    }

    private void setPrevious(@Nullable E element, @Nullable E previous) {
        if (element == null) {
            last = previous;
        } else {
            link(element).previous = previous;
        }
    }

    private void release(Link<E> link) {
        link.queue = null;
        link.next = null;
        link.previous = null;
        size--;
    }

    private Link<E> link(E element) {
        return Objects.requireNonNull(links.apply(element), "element without a link");
    }

    private Link<E> member(E element) {
        Link<E> link = link(element);
        if (link.queue != this) {
            throw new IllegalStateException("element is not in this queue");
        }
        return link;
    }

    private final class Walk implements Iterator<E> {
        private final boolean forward;
        private @Nullable E upcoming;
        private @Nullable E current;

        Walk(@Nullable E start, boolean forward) {
            this.upcoming = start;
            this.forward = forward;
        }

        @Override
        public boolean hasNext() {
            return upcoming != null;
        }

        @Override
        public E next() {
            E element = upcoming;
            if (element == null) {
                throw new NoSuchElementException();
            }
            Link<E> link = link(element);
            if (link.queue != IntrusiveQueue.this) {
                throw new ConcurrentModificationException("the next element has been removed");
            }
            upcoming = forward ? link.next : link.previous;
            current = element;
            return element;
        }

        @Override
        public void remove() {
            E element = current;
            if (element == null) {
                throw new IllegalStateException("no element to remove");
            }
            IntrusiveQueue.this.remove(element);
            current = null;
        }
    }
}
