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
    HTM("htm"),
    /// The vector-scalar extension: 0 or 1.
    VSX("vsx"),
    /// Decimal floating point: 0 or 1.
    DFP("dfp"),
    /// What the host does about leaks from the cache: 0 nothing, 1 a workaround, 2 it is fixed.
    CFPC("cfpc"),
    /// What the host does about speculation past bounds checks: 0 nothing, 1 a workaround, 2 it is
    /// fixed.
    SBBC("sbbc"),
    /// What the host does about speculation of indirect branches: 0 nothing, 1 a workaround, and
    /// from 2 on kinds of corrections.
    IBS("ibs"),
    /// The largest page of the hash page table, as a power of two.
    HPT_MAXPAGESIZE("hpt_maxpagesize"),
    /// Nested guests of KVM: 0 or 1.
    NESTED_KVM_HV("nested_kvm_hv"),
    /// A decrementer of more than 32 bits: 0 or 1.
    LARGE_DECR("large_decr"),
    /// Help of the processor with flushing its count cache: 0 or 1.
    CCF_ASSIST("ccf_assist"),
    /// Machine checks that the firmware helps with: 0 or 1.
    FWNMI("fwnmi"),
    /// The call `H_RPT_INVALIDATE`: 0 or 1.
    RPT_INVALIDATE("rpt_invalidate"),
    /// Interrupts with translation (alternate interrupt location, mode 3): 0 or 1.
    AIL_MODE_3("ail_mode_3"),
    /// Nested guests by the calls of the specification: 0 or 1.
    NESTED_PAPR("nested_papr"),
    /// A second data address watchpoint: 0 or 1.
    DAWR1("dawr1");

    private final String wireName;

    SpaprCapability(String wireName) {
        this.wireName = wireName;
    }

    VMStateDescription<SpaprMachine> subsection() {
        VMStateField<SpaprMachine> value =
                uint8("mig.caps[0x%02X]".formatted(ordinal()))
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
