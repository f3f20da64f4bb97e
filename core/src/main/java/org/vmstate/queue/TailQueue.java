// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A tail queue: a doubly linked queue with a head and a tail, whose elements contain their own
/// links.
///
/// ```java
/// final class Event {
///     int summary;
///     final TailQueue.Link<Event> next = new TailQueue.Link<>();
/// }
///
/// TailQueue<Event> pending = new TailQueue<>(e -> e.next);
/// pending.insertTail(new Event());
/// ```
///
/// An element with several links can be in several queues at once. QEMU: `QTAILQ_HEAD`.
public final class TailQueue<E> extends IntrusiveQueue<E> {
    /// The link in an element that chains it into a tail queue. QEMU: `QTAILQ_ENTRY`.
    public static final class Link<E> extends IntrusiveQueue.Link<E> {
        /// A link in no queue.
        public Link() {}
    }

    /// Creates an empty queue; `links` must always return the same link for an element. QEMU:
    /// `QTAILQ_INIT`.
    public TailQueue(Function<? super E, Link<E>> links) {
        super(links);
    }

    /// The last element, or null if the queue is empty.
    public @Nullable E last() {
        return lastElement();
    }

    /// The element before `element`, or null if it is the first one.
    public @Nullable E prev(E element) {
        return previous(element);
    }

    /// Appends `element`.
    public void insertTail(E element) {
        insertLast(element);
    }

    /// The elements from the last to the first. QEMU: `QTAILQ_FOREACH_REVERSE_SAFE`.
    public Iterable<E> reversed() {
        return this::reverseIterator;
    }
}
