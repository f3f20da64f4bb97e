// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.vbuffer;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// An event that the guest has not fetched yet, such as a request to power down or to take a
/// plugged device into use: an error log of RTAS as the Power Architecture Platform Requirements
/// define it.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `SpaprEventLogEntry`,
/// `vmstate_spapr_event_entry`.
public final class EventLogEntry {
    /// The first word of the log: version, severity, disposition, type; u32.
    public int summary;

    /// The number of bytes in [#extendedLog]; u32.
    public int extendedLength;

    /// The sections of the log, each with a header of its own.
    public byte[] extendedLog = {};

    final TailQueue.Link<EventLogEntry> next = new TailQueue.Link<>();

    /// The description of an element of the queue.
    public static final VMStateDescription<EventLogEntry> VMSTATE =
            VMStateDescription.builder(
                            "spapr_event_log_entry", EventLogEntry.class, MethodHandles.lookup())
                    .fields(
                            uint32("summary"),
                            uint32("extended_length"),
                            vbuffer("extended_log").length("extended_length").allocate())
                    .build();

    /// Creates an empty event.
    public EventLogEntry() {}

    /// Sets the sections of the log and their length.
    public void setExtendedLog(byte[] sections) {
        extendedLog = sections.clone();
        extendedLength = sections.length;
    }
}
