// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of a 32-bit ARM CPU.
///
/// ```
/// NT_PRSTATUS := … r0 … r15 cpsr  0  u32 1 if NT_ARM_VFP follows
/// NT_ARM_VFP  := d0 … d31, 8 bytes each  u32 fpscr        [only if the CPU has VFP]
/// ```
final class Arm32CpuState extends ArmCpuState {
    private static final int STATUS_BYTES = 148;
    private static final int STATUS_FLOATING_POINT = STATUS_BYTES - Integer.BYTES;
    private static final int NT_ARM_VFP = 0x400;
    private static final int VFP_BYTES = 260;
    private static final int REGISTERS = 16;
    private static final int DOUBLES = 32;
    private static final int PC = 15;

    Arm32CpuState(CpuRegisters registers, ArmSystemRegisters system) throws UnsupportedException {
        super(Architecture.ARM, registers, system, "env.regs[15]", "cpsr");
    }

    @Override
    public long programCounter() {
        return registers.element("env.regs", PC);
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        boolean floatingPoint = registers.has("/vfp");
        ByteBuffer status = status(STATUS_BYTES, order);
        for (int i = 0; i < REGISTERS; i++) {
            status.putInt((int) registers.element("env.regs", i));
        }
        status.putInt((int) registers.value("cpsr"));
        status.putInt(STATUS_FLOATING_POINT, floatingPoint ? 1 : 0);
        ElfNote general = ElfNote.core(NT_PRSTATUS, status);
        return floatingPoint
                ? List.of(general, ElfNote.linux(NT_ARM_VFP, vectors(order)))
                : List.of(general);
    }

    private ByteBuffer vectors(ByteOrder order) {
        ByteBuffer out = buffer(VFP_BYTES, order);
        for (int i = 0; i < DOUBLES; i++) {
            out.putLong(vectorWord(i / 2, i % 2));
        }
        return out.putInt((int) registers.value("/vfp.fpscr"));
    }
}
