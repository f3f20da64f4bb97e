// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.BitSet;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.queue.TailQueue;

/// The section `spapr` of a pseries machine.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
public final class SpaprMachine {
    private final Timebase tb = new Timebase();
    private final OptionVector ov5Cas = new OptionVector();
    private final byte[] capabilities = new byte[16];
    private int capabilitiesSent;
    public final TailQueue<EventLogEntry> pendingEvents = new TailQueue<>(e -> e.next);
    private int fdtInitialSize;
    private int fdtSize;
    private byte[] fdtBlob = {};
    private boolean optionsNegotiated;

    /// The guest's clock.
    static final class Timebase {
        private long guestTimebase;
        private long timeOfTheDayNs;

        static final VMStateDescription<Timebase> VMSTATE =
                VMStateDescription.builder("timebase", Timebase.class, MethodHandles.lookup())
                        .fields(uint64("guest_timebase"), int64("time_of_the_day_ns"))
                        .build();
    }

    /// The options that guest and machine have negotiated.
    static final class OptionVector {
        static final int BITS = 256 * 8;
        private final BitSet bitmap = new BitSet(BITS);

        static final VMStateDescription<OptionVector> VMSTATE =
                VMStateDescription.builder(
                                "spapr_option_vector", OptionVector.class, MethodHandles.lookup())
                        .fields(bitmap("bitmap").length((OptionVector v) -> BITS))
                        .build();
    }

    private static final VMStateDescription<SpaprMachine> OV5_CAS =
            subsection("spapr_option_vector_ov5_cas")
                    .needed(m -> m.optionsNegotiated)
                    .fields(struct("ov5_cas", OptionVector.VMSTATE))
                    .postLoad((m, version) -> m.optionsNegotiated = true)
                    .build();

    private static final VMStateDescription<SpaprMachine> PENDING_EVENTS =
            subsection("spapr_pending_events")
                    .needed(m -> !m.pendingEvents.isEmpty())
                    .fields(qtailq("pending_events", 1, EventLogEntry.VMSTATE, EventLogEntry::new))
                    .build();

    private static final VMStateDescription<SpaprMachine> DTB =
            subsection("spapr_dtb")
                    .needed(m -> m.fdtSize != 0)
                    .fields(
                            uint32("fdt_initial_size"),
                            uint32("fdt_size"),
                            vbuffer("fdt_blob").length("fdt_size").allocate())
                    .build();

    public static final VMStateDescription<SpaprMachine> VMSTATE =
            VMStateDescription.builder("spapr", SpaprMachine.class, MethodHandles.lookup())
                    .versionId(3)
                    .minimumVersionId(1)
                    .fields(struct("tb", Timebase.VMSTATE).sinceVersion(2))
                    .subsections(
                            OV5_CAS,
                            PENDING_EVENTS,
                            capability("htm", 0),
                            capability("vsx", 1),
                            capability("dfp", 2),
                            capability("cfpc", 3),
                            capability("sbbc", 4),
                            capability("ibs", 5),
                            capability("hpt_maxpagesize", 6),
                            capability("nested-hv", 7),
                            capability("large_decr", 8),
                            capability("ccf_assist", 9),
                            DTB)
                    .build();

    /// A capability whose value differs from the default of the machine's type.
    private static VMStateDescription<SpaprMachine> capability(String name, int index) {
        VMStateField<SpaprMachine> value =
                uint8("mig.caps[0x%02x]".formatted(index))
                        .number(
                                (SpaprMachine m) -> m.capabilities[index],
                                (m, v) -> m.capabilities[index] = (byte) v);
        return subsection("spapr/cap/" + name)
                .needed(m -> (m.capabilitiesSent & (1 << index)) != 0)
                .fields(value)
                .postLoad((m, version) -> m.capabilitiesSent |= 1 << index)
                .build();
    }

    private static org.vmstate.VMStateDescriptionBuilder<SpaprMachine> subsection(String name) {
        return VMStateDescription.builder(name, SpaprMachine.class, MethodHandles.lookup());
    }
}
