// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.vbuffer;

import java.lang.invoke.MethodHandles;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.queue.TailQueue;

/// The section `spapr`: the state of a pseries machine that belongs to none of its devices.
///
/// Version 3; versions 1 and 2, of QEMU before 2.5, and the subsection `spapr_irq_map` are refused.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1; `spapr_patb_entry` and `spapr_fwnmi`
/// only against its sources. QEMU: `vmstate_spapr`.
public final class SpaprMachine {
    /// The guest's clock.
    public final Timebase tb = new Timebase();

    /// The options that guest and machine have negotiated by `ibm,client-architecture-support`.
    public final OptionVector ov5Cas = new OptionVector();

    /// Whether [#ov5Cas] is sent: the machine has options that older releases do not know.
    public boolean ov5CasSent;

    /// The address of the process table, 0 if the guest does not use one; u64.
    public long patbEntry;

    /// The events that the guest has not fetched yet, the oldest first. The guest finds them by
    /// `check-exception` or `event-scan`.
    public final TailQueue<EventLogEntry> pendingEvents = new TailQueue<>(e -> e.next);

    /// The size of the device tree when the machine was started, in bytes; u32.
    public int fdtInitialSize;

    /// The number of bytes in [#fdtBlob], 0 if the device tree is not sent; u32.
    public int fdtSize;

    /// The flattened device tree, as the guest has updated it.
    public byte[] fdtBlob = {};

    /// The guest's handler of system resets, an address; u64.
    public long fwnmiSystemResetAddr;

    /// The guest's handler of machine checks, an address, -1 if it has registered none; u64.
    public long fwnmiMachineCheckAddr = -1;

    /// The processor that handles a machine check, -1 if none.
    public int fwnmiMachineCheckInterlock = -1;

    private final Map<SpaprCapability, Integer> capabilities = new EnumMap<>(SpaprCapability.class);

    /// Creates a device whose values are all zero.
    public SpaprMachine() {}

    private static final VMStateDescription<SpaprMachine> OV5_CAS =
            builder("spapr_option_vector_ov5_cas")
                    .needed(m -> m.ov5CasSent)
                    .fields(struct("ov5_cas", OptionVector.VMSTATE))
                    .postLoad((m, version) -> m.ov5CasSent = true)
                    .build();

    private static final VMStateDescription<SpaprMachine> PATB_ENTRY =
            builder("spapr_patb_entry")
                    .needed(m -> m.patbEntry != 0)
                    .fields(uint64("patb_entry"))
                    .build();

    private static final VMStateDescription<SpaprMachine> PENDING_EVENTS =
            builder("spapr_pending_events")
                    .needed(m -> !m.pendingEvents.isEmpty())
                    .fields(qtailq("pending_events", 1, EventLogEntry.VMSTATE, EventLogEntry::new))
                    .build();

    private static final VMStateDescription<SpaprMachine> DTB =
            builder("spapr_dtb")
                    .needed(m -> m.fdtSize != 0)
                    .fields(
                            uint32("fdt_initial_size"),
                            uint32("fdt_size"),
                            vbuffer("fdt_blob").length("fdt_size").allocate())
                    .build();

    private static final VMStateDescription<SpaprMachine> FWNMI =
            builder("spapr_fwnmi")
                    .needed(m -> m.fwnmiMachineCheckAddr != -1)
                    .fields(
                            uint64("fwnmi_system_reset_addr"),
                            uint64("fwnmi_machine_check_addr"),
                            int32("fwnmi_machine_check_interlock"))
                    .build();

    /// The description of the section.
    public static final VMStateDescription<SpaprMachine> VMSTATE =
            builder("spapr")
                    .versionId(3)
                    .preLoad(SpaprMachine::reset)
                    .fields(struct("tb", Timebase.VMSTATE).sinceVersion(2))
                    .subsections(
                            OV5_CAS,
                            PATB_ENTRY,
                            PENDING_EVENTS,
                            SpaprCapability.HTM.subsection(),
                            SpaprCapability.VSX.subsection(),
                            SpaprCapability.DFP.subsection(),
                            SpaprCapability.CFPC.subsection(),
                            SpaprCapability.SBBC.subsection(),
                            SpaprCapability.IBS.subsection(),
                            SpaprCapability.HPT_MAXPAGESIZE.subsection(),
                            SpaprCapability.NESTED_KVM_HV.subsection(),
                            DTB,
                            SpaprCapability.LARGE_DECR.subsection(),
                            SpaprCapability.CCF_ASSIST.subsection(),
                            SpaprCapability.FWNMI.subsection(),
                            FWNMI,
                            SpaprCapability.RPT_INVALIDATE.subsection(),
                            SpaprCapability.AIL_MODE_3.subsection(),
                            SpaprCapability.NESTED_PAPR.subsection(),
                            SpaprCapability.DAWR1.subsection())
                    .notSent("capabilities")
                    .build();

    private static VMStateDescriptionBuilder<SpaprMachine> builder(String name) {
        return VMStateDescription.builder(name, SpaprMachine.class, MethodHandles.lookup());
    }

    /// Returns the value of a capability, if it differs from the default of the machine's type.
    public OptionalInt capability(SpaprCapability capability) {
        Integer value = capabilities.get(capability);
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    /// Sets the value of a capability, a u8, which differs from the default of the machine's type.
    public void setCapability(SpaprCapability capability, int value) {
        capabilities.put(capability, value);
    }

    /// Makes a capability have the default of the machine's type.
    public void removeCapability(SpaprCapability capability) {
        capabilities.remove(capability);
    }

    /// Forgets what a stream need not contain. Loading begins with it, so that a state that is
    /// loaded again has no events twice.
    private void reset() {
        ov5Cas.bitmap.clear();
        ov5CasSent = false;
        patbEntry = 0;
        pendingEvents.clear();
        fdtInitialSize = 0;
        fdtSize = 0;
        fdtBlob = new byte[0];
        fwnmiSystemResetAddr = 0;
        fwnmiMachineCheckAddr = -1;
        fwnmiMachineCheckInterlock = -1;
        capabilities.clear();
    }
}
