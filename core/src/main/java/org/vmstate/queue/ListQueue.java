// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.util.function.Function;

/// A doubly linked list without a tail pointer, whose elements contain their own links. Elements
/// can be inserted at the head and before or after another element.
///
/// An element with several links can be in several lists at once. QEMU: `QLIST_HEAD`.
public final class ListQueue<E> extends IntrusiveQueue<E> {
    /// The link in an element that chains it into a list. QEMU: `QLIST_ENTRY`.
    public static final class Link<E> extends IntrusiveQueue.Link<E> {
        /// A link in no queue.
        public Link() {}
    }

    /// Creates an empty list; `links` must always return the same link for an element. QEMU:
    /// `QLIST_INIT`.
    public ListQueue(Function<? super E, Link<E>> links) {
        super(links);
    }
}
