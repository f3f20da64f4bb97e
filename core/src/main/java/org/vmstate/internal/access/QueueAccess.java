// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.Iterator;

/// Iterates over the elements of a queue, creates them and inserts them.
public interface QueueAccess {
    /// Returns the elements from head to tail.
    Iterator<?> elements(Object queue);

    /// Returns a new element that is in no queue.
    Object make();

    /// Appends an element; only called for tail queues.
    void append(Object queue, Object element);

    /// Inserts an element before the first one; only called for lists.
    void prepend(Object queue, Object element);

    /// Removes all elements; only called for lists.
    void clear(Object queue);
}
