// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/// The system registers of an ARM CPU: two arrays of the section, numbers and values.
///
/// The numbers are those of KVM, whichever accelerator saved them.
final class ArmSystemRegisters {
    /// Which control EL1 is under.
    static final long SCTLR_EL1 = 0x6030_0000_0013_c080L;

    private static final long[] ZCR = {
        0x6030_0000_0013_c090L, 0x6030_0000_0013_e090L, 0x6030_0000_0013_f090L
    };

    /// What a CPU has only if it has the level: SCTLR_EL1, HCR_EL2, SCR_EL3. ZCR is there without.
    private static final long[] OF_LEVEL = {
        SCTLR_EL1, 0x6030_0000_0013_e088L, 0x6030_0000_0013_f088L
    };

    private static final int ARCHITECTURE_SHIFT = 56;
    private static final int ARM64 = 0x60;

    private final Map<Long, Long> values = new HashMap<>();
    private boolean wide;

    ArmSystemRegisters(CpuRegisters registers) {
        long count = registers.length("cpreg_vmstate_indexes") / Long.BYTES;
        for (int i = 0; i < count; i++) {
            long number = registers.word("cpreg_vmstate_indexes", i);
            values.put(number, registers.word("cpreg_vmstate_values", i));
            wide |= number >>> ARCHITECTURE_SHIFT == ARM64;
        }
    }

    /// Whether the CPU has registers of 64 bits, in whatever mode it is.
    boolean wide() {
        return wide;
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
    OptionalLong value(long number) {
        Long value = values.get(number);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
