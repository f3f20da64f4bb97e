// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of an IBM Z CPU.
///
/// ```
/// NT_PRSTATUS       := … psw mask, psw address, gpr0 … gpr15, u32 access registers 0 … 15 …
/// NT_FPREGSET       := u32 fpc  4 × 0  fpr0 … fpr15
/// NT_S390_PREFIX    := u32
/// NT_S390_CTRS      := cr0 … cr15
/// NT_S390_TIMER     := u64
/// NT_S390_TODCMP    := u64
/// NT_S390_TODPREG   := u32
/// NT_S390_VXRS_LOW  := the right halves of v0 … v15, whose left halves are the fprs
/// NT_S390_VXRS_HIGH := v16 … v31
/// NT_S390_GS_CB     := 4 × u64
/// ```
///
/// QEMU's dumps contain the number of the CPU in the host's byte order; here it is in the guest's.
final class SystemZCpuState extends CpuState {
    private static final int STATUS_BYTES = 336;
    private static final int FP_BYTES = 136;
    private static final int NT_S390_TIMER = 0x301;
    private static final int NT_S390_TODCMP = 0x302;
    private static final int NT_S390_TODPREG = 0x303;
    private static final int NT_S390_CTRS = 0x304;
    private static final int NT_S390_PREFIX = 0x305;
    private static final int NT_S390_VXRS_LOW = 0x309;
    private static final int NT_S390_VXRS_HIGH = 0x30a;
    private static final int NT_S390_GS_CB = 0x30b;
    private static final int REGISTERS = 16;
    private static final int GUARDED_STORAGE_WORDS = 4;

    SystemZCpuState(CpuRegisters registers) throws UnsupportedException {
        super(Architecture.S390X, registers, "env.regs[15]", "env.psw.mask");
    }

    @Override
    public ByteOrder order() {
        return ByteOrder.BIG_ENDIAN;
    }

    @Override
    public long programCounter() {
        return registers.value("env.psw.addr");
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        return List.of(
                ElfNote.core(NT_PRSTATUS, general()),
                ElfNote.core(NT_FPREGSET, floatingPoint()),
                ElfNote.linux(NT_S390_PREFIX, u32("env.psa")),
                ElfNote.linux(NT_S390_CTRS, words("env.cregs", REGISTERS)),
                ElfNote.linux(NT_S390_TIMER, u64("env.cputm")),
                ElfNote.linux(NT_S390_TODCMP, u64("env.ckc")),
                ElfNote.linux(NT_S390_TODPREG, u32("env.todpr")),
                ElfNote.linux(NT_S390_VXRS_LOW, rightHalves()),
                ElfNote.linux(NT_S390_VXRS_HIGH, upperVectors()),
                ElfNote.linux(NT_S390_GS_CB, words("/gscb.env.gscb", GUARDED_STORAGE_WORDS)));
    }

    private ByteBuffer general() {
        ByteBuffer out = status(STATUS_BYTES, order());
        out.putLong(registers.value("env.psw.mask")).putLong(programCounter());
        putLongs(out, "env.regs", REGISTERS);
        for (int i = 0; i < REGISTERS; i++) {
            out.putInt((int) registers.element("env.aregs", i));
        }
        return out;
    }

    private ByteBuffer floatingPoint() {
        ByteBuffer out = buffer(FP_BYTES, order());
        out.putInt((int) registers.value("/fpu.env.fpc")).putInt(0);
        for (int i = 0; i < REGISTERS; i++) {
            out.putLong(half(i, 0));
        }
        return out;
    }

    private ByteBuffer rightHalves() {
        ByteBuffer out = buffer(REGISTERS * Long.BYTES, order());
        for (int i = 0; i < REGISTERS; i++) {
            out.putLong(half(i, 1));
        }
        return out;
    }

    private ByteBuffer upperVectors() {
        ByteBuffer out = buffer(REGISTERS * 2 * Long.BYTES, order());
        for (int i = REGISTERS; i < 2 * REGISTERS; i++) {
            out.putLong(half(i, 0)).putLong(half(i, 1));
        }
        return out;
    }

    private long half(int vector, int half) {
        String subsection = half == 0 && vector < REGISTERS ? "/fpu" : "/vregs";
        return registers.value(subsection + ".env.vregs[" + vector + "][" + half + "]");
    }

    private ByteBuffer words(String array, int count) {
        ByteBuffer out = buffer(count * Long.BYTES, order());
        putLongs(out, array, count);
        return out;
    }

    private ByteBuffer u64(String name) {
        return buffer(Long.BYTES, order()).putLong(registers.value(name));
    }

    private ByteBuffer u32(String name) {
        return buffer(Integer.BYTES, order()).putInt((int) registers.value(name));
    }
}
