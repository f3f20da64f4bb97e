// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of a RISC-V CPU of 32 or 64 bits.
///
/// ```
/// NT_PRSTATUS := … pc x1 … x31 …
/// ```
///
/// QEMU's dumps do not contain floating-point and vector registers. A 32-bit CPU in a machine of
/// `qemu-system-riscv64` is written as a 32-bit CPU; QEMU writes 64-bit notes for it, which
/// debuggers cannot read.
final class RiscVCpuState extends CpuState {
    private static final int STATUS_BYTES_32 = 204;
    private static final int STATUS_BYTES_64 = 376;
    private static final int REGISTERS = 32;
    private static final int MXL_32 = 1;
    private static final long BIG_ENDIAN_USER_MODE = 1L << 6;

    RiscVCpuState(CpuRegisters registers) throws UnsupportedException {
        super(
                is32Bit(registers) ? Architecture.RISCV32 : Architecture.RISCV64,
                registers,
                "env.gpr[31]",
                "env.pc",
                "env.mstatus");
    }

    /// Whether the registers have 32 bits. Since QEMU 11 the fields have 64 bits for all CPUs.
    private static boolean is32Bit(CpuRegisters registers) {
        return registers.length("env.pc") == Integer.BYTES
                || registers.value("env.misa_mxl") == MXL_32;
    }

    /// The byte order of user mode.
    @Override
    public ByteOrder order() {
        return (registers.value("env.mstatus") & BIG_ENDIAN_USER_MODE) != 0
                ? ByteOrder.BIG_ENDIAN
                : ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public long programCounter() {
        long value = registers.value("env.pc");
        return architecture() == Architecture.RISCV32 ? Integer.toUnsignedLong((int) value) : value;
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        boolean wide = architecture() == Architecture.RISCV64;
        ByteBuffer out = status(wide ? STATUS_BYTES_64 : STATUS_BYTES_32, order);
        for (int i = 0; i < REGISTERS; i++) {
            long value = i == 0 ? programCounter() : registers.element("env.gpr", i);
            if (wide) {
                out.putLong(value);
            } else {
                out.putInt((int) value);
            }
        }
        return List.of(ElfNote.core(NT_PRSTATUS, out));
    }
}
