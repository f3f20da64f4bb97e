// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.bench.Values.v32;
import static org.vmstate.bench.Values.v64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// A tail queue of a thousand elements.
final class EventQueue {
    static final int LENGTH = 1000;

    final TailQueue<Entry> q = new TailQueue<>(e -> e.next);

    /// An element of the queue.
    static final class Entry {
        int summary;
        int extendedLength;
        long when;
        final byte[] log = new byte[16];
        final TailQueue.Link<Entry> next = new TailQueue.Link<>();

        static final VMStateDescription<Entry> VMSTATE =
                VMStateDescription.builder("cbench/entry", Entry.class, MethodHandles.lookup())
                        .fields(Fields.entry())
                        .build();
    }

    static final VMStateDescription<EventQueue> VMSTATE =
            VMStateDescription.builder("cbench/queue", EventQueue.class, MethodHandles.lookup())
                    .fields(qtailq("q", 1, Entry.VMSTATE, Entry::new))
                    .build();

    static EventQueue filled() {
        EventQueue state = new EventQueue();
        for (int i = 0; i < LENGTH; i++) {
            Entry entry = new Entry();
            entry.summary = v32(1000 + i);
            entry.extendedLength = v32(3000 + i);
            entry.when = v64(5000 + i);
            for (int j = 0; j < entry.log.length; j++) {
                entry.log[j] = (byte) (i + j);
            }
            state.q.insertTail(entry);
        }
        return state;
    }
}
