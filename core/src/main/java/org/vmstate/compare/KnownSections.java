// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.vmstate.inspect.Device;
import org.vmstate.vmdesc.FieldDescription;

/// Facts about sections and subsections that neither a dump nor a reference stream contains.
///
/// Dumps lack the CPUs of most targets. The names of their subsections are from the programs of
/// QEMU 5.2, 7.2, 10.0 and 11.1 (Debian's builds): which of them contain the name.
final class KnownSections {
    /// Descriptions of whole devices that are sent only if a test of the state says so, so that a
    /// destination may have the device although its own stream has no such section. The tests are
    /// the `needed` functions of the descriptions, and `is_active` of iterative devices.
    private static final Set<String> SENT_IF_NEEDED =
            Set.of(
                    "audio", // is never sent, but loaded
                    "globalstate",
                    "spapr_drc",
                    "virtio-mem-device-early",
                    "dirty-bitmap",
                    "s390-storage_attributes",
                    "replay");

    private static final QemuVersion V5_2 = new QemuVersion(5, 2);
    private static final QemuVersion V7_2 = new QemuVersion(7, 2);
    private static final QemuVersion V10_0 = new QemuVersion(10, 0);
    private static final QemuVersion V11_1 = new QemuVersion(11, 1);

    /// When a subsection came.
    ///
    /// @param without a version without it
    /// @param with a later version that has it
    private record Arrival(QemuVersion without, QemuVersion with) {}

    private static final Pattern SPACE = Pattern.compile(" ");
    private static final Map<String, Arrival> ARRIVALS = new HashMap<>();

    static {
        arrived(
                V5_2,
                V7_2,
                "cpu/68040_mmu cpu/68040_spregs cpu/cf_spregs cpu/amd_tsc_scale_msr cpu/arch_lbr"
                        + " cpu/debug cpu/envcfg cpu/intel_amx_xtile cpu/intel_sgx cpu/msr_xfd"
                        + " cpu/pdptrs cpu/pkrs cpu/pointer_masking cpu/rv128 cpu/svm_guest"
                        + " cpu/triple_fault cpu/kvmtimer");
        arrived(
                V7_2,
                V10_0,
                "cpu/bhrb cpu/ctr cpu/elp cpu/fred cpu/jvt cpu/lasx cpu/lbt cpu/lsx cpu/mseccfg"
                        + " cpu/msr_hwcr cpu/reservation cpu/smtateen cpu/ssp cpu/wfxt-timer"
                        + " cpu/xen_vcpu");
        arrived(
                V10_0,
                V11_1,
                "cpu/apx cpu/cet cpu/cet_shstk cpu/error_code cpu/event cpu/fpmr cpu/msgint"
                        + " cpu/msr_pl0_ssp cpu/pstate64 cpu/rtas_stopped cpu/syndrome64 cpu/zt0"
                        + " virtio/128bit_features");
    }

    /// The field by which the CPU of a MIPS target is recognized.
    private static final String MIPS_FIELD = "env.active_tc";

    /// A subsection of MIPS in 11.1, whose name RISC-V used earlier.
    private static final String MIPS_TIMER = "cpu/timer";

    /// The contents of disks, which is sent only with its capability.
    private static final String BLOCK = "block";

    private static final QemuVersion BLOCK_REMOVED = new QemuVersion(9, 1);

    private KnownSections() {}

    private static void arrived(QemuVersion without, QemuVersion with, String names) {
        for (String name : SPACE.split(names, -1)) {
            ARRIVALS.put(name, new Arrival(without, with));
        }
    }

    /// Whether a QEMU knows a subsection.
    enum Knowledge {
        YES,
        NO,
        UNKNOWN
    }

    /// Whether a destination may have a device although its own stream has no such section.
    static boolean sentIfNeeded(String idString, String vmsdName, VersionBounds version) {
        String last = idString.substring(idString.lastIndexOf('/') + 1);
        if (idString.equals(BLOCK)) {
            return version.isBelow(BLOCK_REMOVED);
        }
        return SENT_IF_NEEDED.contains(vmsdName) || SENT_IF_NEEDED.contains(last);
    }

    /// Whether a QEMU in a range of versions knows a subsection of a device.
    static Knowledge knows(String subsection, Device device, VersionBounds version) {
        Arrival arrival =
                subsection.equals(MIPS_TIMER) && mips(device)
                        ? new Arrival(V10_0, V11_1)
                        : ARRIVALS.get(subsection);
        if (arrival == null) {
            return Knowledge.UNKNOWN;
        }
        if (version.isAtLeast(arrival.with())) {
            return Knowledge.YES;
        }
        // The version that lacks it is the last one that surely does.
        return version.isBelow(
                        new QemuVersion(arrival.without().major(), arrival.without().minor() + 1))
                ? Knowledge.NO
                : Knowledge.UNKNOWN;
    }

    private static boolean mips(Device device) {
        return device.whole()
                .flatMap(Device.Whole::description)
                .flatMap(d -> d.body().fields().stream().findFirst())
                .map(FieldDescription::name)
                .filter(MIPS_FIELD::equals)
                .isPresent();
    }
}
