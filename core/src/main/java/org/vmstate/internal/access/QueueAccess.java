// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.Iterator;

/// How the elements of a queue are walked, made and put in.
public interface QueueAccess {
    /// The elements from head to tail.
    Iterator<?> elements(Object queue);

    /// A new element that is in no queue.
    Object make();

    /// Puts an element behind the last one; only asked of tail queues.
    void append(Object queue, Object element);

    /// Puts an element before the first one; only asked of lists.
    void prepend(Object queue, Object element);

    /// Takes all elements out; only asked of lists.
    void clear(Object queue);
}
