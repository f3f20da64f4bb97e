// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.wire.UnsupportedException;

/// The registers of a 64-bit Power CPU.
///
/// ```
/// NT_PRSTATUS := … gpr0 … gpr31 nip msr orig_gpr3 ctr link xer ccr …
/// NT_FPREGSET := fpr0 … fpr31 fpscr
/// NT_PPC_VMX  := vr0 … vr31, 16 bytes each  12 × 0  u32 vscr  16 × 0
/// NT_PPC_VSX  := the other half of vs0 … vs31
/// NT_PPC_SPE  := 140 × 0
/// ```
///
/// The owner of all notes is `CORE`, as in QEMU's dumps. Dumps of QEMU up to 7.2 lack the number of
/// the CPU, so debuggers cannot distinguish the CPUs.
final class PowerCpuState extends CpuState {
    private static final int STATUS_BYTES = 504;
    private static final int FP_BYTES = 264;
    private static final int NT_PPC_VMX = 0x100;
    private static final int NT_PPC_SPE = 0x101;
    private static final int NT_PPC_VSX = 0x102;
    private static final int VMX_BYTES = 544;
    private static final int VSCR_AT = 32 * 16 + 12;
    private static final int VSX_BYTES = 256;
    private static final int SPE_BYTES = 140;
    private static final int SPR_XER = 1;
    private static final int SPR_LR = 8;
    private static final int SPR_CTR = 9;
    private static final int SPR_LPCR = 318;
    private static final long LPCR_ILE = 1L << 25;

    PowerCpuState(CpuRegisters registers) throws UnsupportedException {
        super(Architecture.PPC64, registers, "env.gpr[31]", "env.msr", "env.spr[" + SPR_LPCR + "]");
    }

    /// The byte order in which interrupts are taken.
    @Override
    public ByteOrder order() {
        return (special(SPR_LPCR) & LPCR_ILE) != 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    @Override
    public long programCounter() {
        return registers.value("env.nip");
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        return List.of(
                ElfNote.core(NT_PRSTATUS, general(order)),
                ElfNote.core(NT_FPREGSET, floatingPoint(order)),
                ElfNote.core(NT_PPC_VMX, vectors(order)),
                ElfNote.core(NT_PPC_VSX, otherHalves(order)),
                ElfNote.core(NT_PPC_SPE, buffer(SPE_BYTES, order)));
    }

    private ByteBuffer general(ByteOrder order) {
        ByteBuffer out = status(STATUS_BYTES, order);
        putLongs(out, "env.gpr", 32);
        long condition = 0;
        for (int i = 0; i < 8; i++) {
            condition |= registers.element("env.crf", i) << (28 - 4 * i);
        }
        out.putLong(programCounter()).putLong(registers.value("env.msr")).putLong(0);
        out.putLong(special(SPR_CTR)).putLong(special(SPR_LR));
        return out.putLong(special(SPR_XER)).putLong(condition);
    }

    /// Writes the floating-point registers. The stream contains the vector registers under one name
    /// in three subsections, each with a different part of them.
    private ByteBuffer floatingPoint(ByteOrder order) {
        ByteBuffer out = buffer(FP_BYTES, order);
        putLongs(out, "/fpu.env.vsr", 32);
        return out.putLong(registers.value("/fpu.env.fpscr"));
    }

    /// Writes the vector registers. In the stream each is two words, the lower one first, as on a
    /// little-endian host.
    private ByteBuffer vectors(ByteOrder order) {
        ByteBuffer out = buffer(VMX_BYTES, order);
        boolean little = out.order() == ByteOrder.LITTLE_ENDIAN;
        for (int i = 0; i < 32; i++) {
            String name = "/altivec.env.vsr[" + i + "]";
            out.putLong(registers.word(name, little ? 0 : 1));
            out.putLong(registers.word(name, little ? 1 : 0));
        }
        return out.putInt(VSCR_AT, (int) registers.value("/altivec.vscr"));
    }

    private ByteBuffer otherHalves(ByteOrder order) {
        ByteBuffer out = buffer(VSX_BYTES, order);
        putLongs(out, "/vsx.env.vsr", 32);
        return out;
    }

    private long special(int number) {
        return registers.element("env.spr", number);
    }
}
