// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import org.vmstate.internal.layout.StateFactory;
import org.vmstate.queue.RawListQueue;
import org.vmstate.queue.RawQueue;
import org.vmstate.queue.RawTailQueue;

/// The access to C queues in memory.
public record MemoryQueueAccess(RawQueue.Offsets layout, StateFactory made) implements QueueAccess {
    @Override
    public Iterator<?> elements(Object queue) {
        return ((RawQueue) queue).iterator();
    }

    @Override
    public Object make() {
        return made.make();
    }

    @Override
    public void append(Object queue, Object element) {
        ((RawTailQueue) queue).insertTail((MemorySegment) element);
    }

    @Override
    public void prepend(Object queue, Object element) {
        ((RawListQueue) queue).insertHead((MemorySegment) element);
    }

    @Override
    public void clear(Object queue) {
        ((RawQueue) queue).init();
    }
}
