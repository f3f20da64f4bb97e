// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteOrder;
import org.vmstate.wire.UnsupportedException;

/// The registers of an ARM CPU. QEMU uses one section for 32-bit and 64-bit CPUs.
abstract sealed class ArmCpuState extends CpuState permits Arm32CpuState, Arm64CpuState {
    /// The number of 128-bit vector registers.
    static final int VECTORS = 32;

    final ArmSystemRegisters system;

    ArmCpuState(
            Architecture architecture,
            CpuRegisters registers,
            ArmSystemRegisters system,
            String... required)
            throws UnsupportedException {
        super(architecture, registers, required);
        this.system = system;
    }

    @Override
    public final ByteOrder order() {
        return system.order();
    }

    /// The 64-bit word `word` of a vector register, from the lowest on.
    final long vectorWord(int register, int word) {
        return registers.element("/vfp.env.vfp.zregs[" + register + "].d", word);
    }
}
