// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The system registers of an ARM CPU: two arrays in its section, with numbers and values.
///
/// The numbers are those of KVM, with every accelerator.
final class ArmSystemRegisters {
    private static final long SCTLR_EL1 = 0x6030_0000_0013_c080L;

    /// The second number of SCTLR_EL1, which only CPUs before ARMv8 have.
    private static final long SCTLR = 0x4020_0000_000f_0800L;

    /// ID_AA64PFR0, ID_AA64ISAR0 and ID_AA64MMFR0, which describe the features of 64-bit mode. They
    /// are 0 in a CPU without that mode.
    private static final long[] IDENTIFICATION = {
        0x6030_0000_0013_c020L, 0x6030_0000_0013_c030L, 0x6030_0000_0013_c038L
    };

    private static final long BIG_ENDIAN_DATA = 1L << 25;

    private static final long[] ZCR = {
        0x6030_0000_0013_c090L, 0x6030_0000_0013_e090L, 0x6030_0000_0013_f090L
    };

    /// SCTLR_EL1, HCR_EL2 and SCR_EL3, which a CPU has only if it has their exception level. ZCR
    /// registers exist without the level.
    private static final long[] OF_LEVEL = {
        SCTLR_EL1, 0x6030_0000_0013_e088L, 0x6030_0000_0013_f088L
    };

    private final Map<Long, Long> values = new HashMap<>();

    ArmSystemRegisters(CpuRegisters registers) {
        long count = registers.length("cpreg_vmstate_indexes") / Long.BYTES;
        for (int i = 0; i < count; i++) {
            values.put(
                    registers.word("cpreg_vmstate_indexes", i),
                    registers.word("cpreg_vmstate_values", i));
        }
    }

    /// Whether the CPU supports 64-bit mode, whatever its current mode.
    ///
    /// QEMU saves the 64-bit system registers for every CPU, so only their values tell.
    boolean supports64Bit() {
        if (!values.containsKey(SCTLR_EL1) || values.containsKey(SCTLR)) {
            return false;
        }
        boolean known = false;
        for (long number : IDENTIFICATION) {
            Long value = values.get(number);
            if (value != null && value != 0) {
                return true;
            }
            known |= value != null;
        }
        return !known;
    }

    /// The byte order of EL1, or of PL1 of a 32-bit CPU.
    ByteOrder order() {
        long control = value(SCTLR_EL1).orElse(0);
        return (control & BIG_ENDIAN_DATA) != 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /// The maximum SVE vector length that an exception level allows, as in its ZCR register, if the
    /// CPU has the level.
    ///
    /// @param level 1 to 3
    OptionalLong vectorLength(int level) {
        return value(OF_LEVEL[level - 1]).isPresent()
                ? value(ZCR[level - 1])
                : OptionalLong.empty();
    }

    /// The value of a register, if the CPU has it.
    private OptionalLong value(long number) {
        Long value = values.get(number);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
