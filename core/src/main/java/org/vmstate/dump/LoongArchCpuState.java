// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of a 64-bit LoongArch CPU.
///
/// ```
/// NT_PRSTATUS := … r0 … r31  0  era badv  80 × 0  u32 1: there is NT_FPREGSET  0
/// NT_FPREGSET := f0 … f31  fcc0 … fcc7, 1 byte each  u32 fcsr
/// ```
///
/// The program counter is not in QEMU's notes: debuggers show the return address of exceptions
/// (`era`) as `pc`, as it is in the kernel's own notes. [#programCounter()] is the real one. gdb up
/// to 16 ignores NT_PRSTATUS of this size, which is that of QEMU and of Linux; it expects 472
/// bytes.
final class LoongArchCpuState extends CpuState {
    private static final String OLD = "env.CSR_";

    /// What control and status registers are called since QEMU 11.
    private static final String NEW = "env.sys_states[0].CSR_";

    static final String ERA = OLD + "ERA";
    static final String NEW_ERA = NEW + "ERA";
    private static final int STATUS_BYTES = 480;
    private static final int STATUS_FLOATING_POINT = STATUS_BYTES - 2 * Integer.BYTES;
    private static final int FP_BYTES = 268;
    private static final int REGISTERS = 32;
    private static final int FLAGS = 8;

    LoongArchCpuState(CpuRegisters registers) throws UnsupportedException {
        super(Architecture.LOONGARCH64, registers, "env.gpr[31]", "env.pc");
    }

    @Override
    public ByteOrder order() {
        return ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public long programCounter() {
        return registers.value("env.pc");
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        return List.of(
                ElfNote.core(NT_PRSTATUS, general()), ElfNote.core(NT_FPREGSET, floatingPoint()));
    }

    private ByteBuffer general() {
        ByteBuffer out = status(STATUS_BYTES, order());
        for (int i = 0; i < REGISTERS; i++) {
            out.putLong(registers.element("env.gpr", i));
        }
        out.putLong(0);
        out.putLong(control("ERA")).putLong(control("BADV"));
        return out.putInt(STATUS_FLOATING_POINT, 1);
    }

    /// A control and status register.
    private long control(String name) {
        return registers.value((registers.has(ERA) ? OLD : NEW) + name);
    }

    private ByteBuffer floatingPoint() {
        ByteBuffer out = buffer(FP_BYTES, order());
        for (int i = 0; i < REGISTERS; i++) {
            out.putLong(registers.value("/fpu.env.fpr[" + i + "].\"UD[0]\""));
        }
        for (int i = 0; i < FLAGS; i++) {
            out.put((byte) registers.element("/fpu.env.cf", i));
        }
        return out.putInt((int) registers.value("/fpu.env.fcsr0"));
    }
}
