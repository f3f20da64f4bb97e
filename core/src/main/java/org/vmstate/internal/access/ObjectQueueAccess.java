// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.StateFactory;
import org.vmstate.queue.IntrusiveQueue;
import org.vmstate.queue.TailQueue;

/// The access to queues of objects: intrusive ones, deques and lists.
record ObjectQueueAccess(@Nullable StateFactory made) implements QueueAccess {
    @Override
    public Iterator<?> elements(Object queue) {
        return ((Iterable<?>) queue).iterator();
    }

    @Override
    public Object make() {
        if (made == null) {
            throw new IllegalStateException("a queue without a factory for its elements");
        }
        return made.make();
    }

    @Override
    public void append(Object queue, Object element) {
        switch (queue) {
            case TailQueue<?> q -> ObjectQueueAccess.<TailQueue<Object>>cast(q).insertTail(element);
            default -> ObjectQueueAccess.<Collection<Object>>cast(queue).add(element);
        }
    }

    @Override
    public void prepend(Object queue, Object element) {
        switch (queue) {
            case IntrusiveQueue<?> q ->
                    ObjectQueueAccess.<IntrusiveQueue<Object>>cast(q).insertHead(element);
            case Deque<?> q -> ObjectQueueAccess.<Deque<Object>>cast(q).addFirst(element);
            default -> ObjectQueueAccess.<List<Object>>cast(queue).addFirst(element);
        }
    }

    @Override
    public void clear(Object queue) {
        switch (queue) {
            case IntrusiveQueue<?> q -> q.clear();
            default -> ((Collection<?>) queue).clear();
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <Q> Q cast(Object queue) {
        return (Q) queue;
    }
}
