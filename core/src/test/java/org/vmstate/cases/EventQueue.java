// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.cases.Values.v32;
import static org.vmstate.cases.Values.v64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// `queue.bin`: a tail queue of a thousand elements.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class EventQueue {
    final TailQueue<Entry> q = new TailQueue<>(e -> e.next);

    /// An element of the queue.
    static final class Entry {
        int summary;
        private int extendedLength;
        private long when;
        private final byte[] log = new byte[16];
        private final TailQueue.Link<Entry> next = new TailQueue.Link<>();

        static final VMStateDescription<Entry> VMSTATE =
                VMStateDescription.builder("cbench/entry", Entry.class, MethodHandles.lookup())
                        .fields(
                                uint32("summary"),
                                uint32("extended_length"),
                                uint64("when"),
                                buffer("log", 16))
                        .build();
    }

    static final VMStateDescription<EventQueue> VMSTATE =
            VMStateDescription.builder("cbench/queue", EventQueue.class, MethodHandles.lookup())
                    .fields(qtailq("q", 1, Entry.VMSTATE, Entry::new))
                    .build();

    void fill() {
        for (int i = 0; i < 1000; i++) {
            Entry entry = new Entry();
            entry.summary = v32(1000 + i);
            entry.extendedLength = v32(3000 + i);
            entry.when = v64(5000 + i);
            for (int j = 0; j < entry.log.length; j++) {
                entry.log[j] = (byte) (i + j);
            }
            q.insertTail(entry);
        }
    }
}
