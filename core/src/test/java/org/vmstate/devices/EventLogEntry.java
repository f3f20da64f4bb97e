// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// An event that a pseries guest has not yet fetched.
public final class EventLogEntry {
    public int summary;
    public int extendedLength;
    public byte[] extendedLog = {};
    final TailQueue.Link<EventLogEntry> next = new TailQueue.Link<>();

    static final VMStateDescription<EventLogEntry> VMSTATE =
            VMStateDescription.builder(
                            "spapr_event_log_entry", EventLogEntry.class, MethodHandles.lookup())
                    .versionId(1)
                    .minimumVersionId(1)
                    .fields(
                            uint32("summary"),
                            uint32("extended_length"),
                            vbuffer("extended_log").length("extended_length").allocate())
                    .build();
}
