// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import java.util.function.Function;

/// A list with a head only, whose elements hold their own links: it grows at its head or beside an
/// element already in it.
///
/// An element with several links can be in as many lists at once. QEMU: `QLIST_HEAD`.
public final class ListQueue<E> extends IntrusiveQueue<E> {
    /// The link in an element that chains it into a list. QEMU: `QLIST_ENTRY`.
    public static final class Link<E> extends IntrusiveQueue.Link<E> {
        /// A link in no queue.
        public Link() {}
    }

    /// An empty list; `links` gives the link of an element, always the same one. QEMU:
    /// `QLIST_INIT`.
    public ListQueue(Function<? super E, Link<E>> links) {
        super(links);
    }
}
