// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;

/// A capability of a pseries machine that the user can set.
///
/// A capability that differs from the default of the machine's type has a subsection,
/// `spapr/cap/…`. A destination refuses a higher value than its own.
///
/// Checked against streams of QEMU 11.1, [#HPT_MAXPAGESIZE] also against those of older releases;
/// [#HTM], [#SBBC], [#NESTED_KVM_HV] and [#RPT_INVALIDATE] only against QEMU's sources. QEMU:
/// `SPAPR_CAP_…`.
public enum SpaprCapability {
    /// Transactional memory: 0 or 1.
    HTM(0x0, "htm"),
    /// The vector-scalar extension: 0 or 1.
    VSX(0x1, "vsx"),
    /// Decimal floating point: 0 or 1.
    DFP(0x2, "dfp"),
    /// What the host does about leaks from the cache: 0 nothing, 1 a workaround, 2 it is fixed.
    CFPC(0x3, "cfpc"),
    /// What the host does about speculation past bounds checks: 0 nothing, 1 a workaround, 2 it is
    /// fixed.
    SBBC(0x4, "sbbc"),
    /// What the host does about speculation of indirect branches: 0 nothing, 1 a workaround, and
    /// from 2 on kinds of corrections.
    IBS(0x5, "ibs"),
    /// The largest page of the hash page table, as a power of two.
    HPT_MAXPAGESIZE(0x6, "hpt_maxpagesize"),
    /// Nested guests of KVM: 0 or 1.
    NESTED_KVM_HV(0x7, "nested_kvm_hv"),
    /// A decrementer of more than 32 bits: 0 or 1.
    LARGE_DECR(0x8, "large_decr"),
    /// Help of the processor with flushing its count cache: 0 or 1.
    CCF_ASSIST(0x9, "ccf_assist"),
    /// Machine checks that the firmware helps with: 0 or 1.
    FWNMI(0xa, "fwnmi"),
    /// The call `H_RPT_INVALIDATE`: 0 or 1.
    RPT_INVALIDATE(0xb, "rpt_invalidate"),
    /// Interrupts with translation (alternate interrupt location, mode 3): 0 or 1.
    AIL_MODE_3(0xc, "ail_mode_3"),
    /// Nested guests by the calls of the specification: 0 or 1.
    NESTED_PAPR(0xd, "nested_papr"),
    /// A second data address watchpoint: 0 or 1.
    DAWR1(0xe, "dawr1");

    private final int index;
    private final String wireName;

    SpaprCapability(int index, String wireName) {
        this.index = index;
        this.wireName = wireName;
    }

    VMStateDescription<SpaprMachine> subsection() {
        VMStateField<SpaprMachine> value =
                uint8("mig.caps[0x%02X]".formatted(index))
                        .number(
                                (SpaprMachine m) -> m.capability(this).orElse(0),
                                (m, v) -> m.setCapability(this, (int) v));
        return VMStateDescription.builder(
                        "spapr/cap/" + wireName, SpaprMachine.class, MethodHandles.lookup())
                .needed(m -> m.capability(this).isPresent())
                .fields(value)
                .build();
    }
}
