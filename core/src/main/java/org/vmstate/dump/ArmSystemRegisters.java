// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The system registers of an ARM CPU: two arrays of the section, numbers and values.
///
/// The numbers are those of KVM, whichever accelerator saved them.
final class ArmSystemRegisters {
    private static final long SCTLR_EL1 = 0x6030_0000_0013_c080L;

    /// The same register, as CPUs before ARMv8 call it in addition.
    private static final long SCTLR = 0x4020_0000_000f_0800L;

    /// What an ARMv8 CPU can do in 64-bit mode: ID_AA64PFR0, ID_AA64ISAR0 and ID_AA64MMFR0. They
    /// are 0 in a CPU that has no such mode.
    private static final long[] IDENTIFICATION = {
        0x6030_0000_0013_c020L, 0x6030_0000_0013_c030L, 0x6030_0000_0013_c038L
    };

    private static final long BIG_ENDIAN_DATA = 1L << 25;

    private static final long[] ZCR = {
        0x6030_0000_0013_c090L, 0x6030_0000_0013_e090L, 0x6030_0000_0013_f090L
    };

    /// What a CPU has only if it has the level: SCTLR_EL1, HCR_EL2, SCR_EL3. ZCR is there without.
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

    /// Whether the CPU has a 64-bit mode, in whatever mode it is.
    ///
    /// QEMU gives every CPU the 64-bit views of its registers, so that only their values tell.
    boolean wide() {
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

    /// The order of bytes that EL1, or PL1 of a 32-bit CPU, is set to.
    ByteOrder order() {
        long control = value(SCTLR_EL1).orElse(0);
        return (control & BIG_ENDIAN_DATA) != 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    /// The length of SVE's vectors that an exception level allows, from 0 on, if the CPU has the
    /// level.
    ///
    /// @param level 1 to 3
    OptionalLong vectorLength(int level) {
        return value(OF_LEVEL[level - 1]).isPresent()
                ? value(ZCR[level - 1])
                : OptionalLong.empty();
    }

    /// A register's value, if the CPU has that register.
    private OptionalLong value(long number) {
        Long value = values.get(number);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
