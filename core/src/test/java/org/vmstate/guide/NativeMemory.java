// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.vbuffer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.RawTailQueue;

/// The code of `docs/guide/native-memory.md`.
final class NativeMemory {
    static final StructLayout HEAD =
            structLayout(ADDRESS.withName("first"), ADDRESS.withName("last"));
    static final StructLayout EVENT =
            structLayout(
                    JAVA_INT.withName("summary"),
                    JAVA_INT.withName("extended_length"),
                    ADDRESS.withName("extended_log"),
                    structLayout(ADDRESS, ADDRESS).withName("next"));
    static final StructLayout MACHINE = structLayout(HEAD.withName("pending_events"));

    private final VMStateDescription<MemorySegment> event;
    private final VMStateDescription<MemorySegment> machine;

    NativeMemory(Arena memory) {
        event =
                VMStateDescription.builder("spapr_event_log_entry", EVENT, memory)
                        .fields(
                                uint32("summary"),
                                uint32("extended_length"),
                                vbuffer("extended_log").length("extended_length").allocate())
                        .build();
        machine =
                VMStateDescription.builder("spapr_pending_events", MACHINE)
                        .fields(
                                qtailq("pending_events", 1, event, () -> memory.allocate(EVENT))
                                        .link("next"))
                        .build();
    }

    VMStateDescription<MemorySegment> machine() {
        return machine;
    }

    static RawTailQueue pendingEvents(MemorySegment machine) {
        RawTailQueue.Offsets events = RawTailQueue.Offsets.of(HEAD, EVENT, groupElement("next"));
        return events.at(machine.asSlice(MACHINE.byteOffset(groupElement("pending_events")), HEAD));
    }

    static long sumOfSummaries(MemorySegment machine) {
        long sum = 0;
        for (MemorySegment event : pendingEvents(machine)) {
            sum += event.get(JAVA_INT, EVENT.byteOffset(groupElement("summary")));
        }
        return sum;
    }
}
