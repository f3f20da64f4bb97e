// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of a 64-bit LoongArch CPU.
///
/// ```
/// NT_PRSTATUS := … r0 … r31  0  era badv  80 × 0  u32 1 if NT_FPREGSET follows  0
/// NT_FPREGSET := f0 … f31  fcc0 … fcc7, 1 byte each  u32 fcsr
/// ```
///
/// QEMU's notes do not contain the program counter: as in the kernel's own notes, debuggers show
/// the return address of exceptions (`era`) as `pc`. [#programCounter()] returns the program
/// counter. gdb up to version 16 ignores an NT_PRSTATUS of this size, which is that of QEMU and of
/// Linux; it expects 472 bytes.
final class LoongArchCpuState extends CpuState {
    private static final String OLD = "env.CSR_";

    /// The prefix of the names of control and status registers since QEMU 11.
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
        putLongs(out, "env.gpr", REGISTERS);
        out.putLong(0);
        out.putLong(control("ERA")).putLong(control("BADV"));
        return out.putInt(STATUS_FLOATING_POINT, 1);
    }

    /// The value of a control and status register.
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
