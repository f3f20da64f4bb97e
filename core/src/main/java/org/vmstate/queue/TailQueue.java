// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A tail queue: a doubly linked queue with a head and a tail, whose elements hold their own links.
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
/// An element with several links can be in as many queues at once. QEMU: `QTAILQ_HEAD`.
public final class TailQueue<E> extends IntrusiveQueue<E> {
    /// The link in an element that chains it into a tail queue. QEMU: `QTAILQ_ENTRY`.
    public static final class Link<E> extends IntrusiveQueue.Link<E> {
        /// A link in no queue.
        public Link() {}
    }

    /// An empty queue; `links` gives the link of an element, always the same one. QEMU:
    /// `QTAILQ_INIT`.
    public TailQueue(Function<? super E, Link<E>> links) {
        super(links);
    }

    /// The last element, or null where there is none.
    public @Nullable E last() {
        return lastElement();
    }

    /// The element before `element`, or null where it is the first one.
    public @Nullable E prev(E element) {
        return previous(element);
    }

    /// Inserts `element` behind all others.
    public void insertTail(E element) {
        insertLast(element);
    }

    /// The elements from the last to the first. QEMU: `QTAILQ_FOREACH_REVERSE_SAFE`.
    public Iterable<E> reversed() {
        return this::reverseIterator;
    }
}
