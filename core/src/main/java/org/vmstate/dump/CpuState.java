// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;

/// The registers of one CPU, taken from the decoded `cpu` section.
///
/// Corresponds to QEMU's `cpu_write_elf64_note` of each target.
public final class CpuState {
    private static final int PRSTATUS_HEAD = 32;
    private static final int PRSTATUS_REGISTERS = 112;
    private static final int X86_STATUS_BYTES = 336;
    private static final int ARM_STATUS_BYTES = 392;
    private static final int PPC_STATUS_BYTES = 504;
    private static final int S390_STATUS_BYTES = 336;
    private static final int QEMU_NOTE_BYTES = 440;
    private static final int SPR_XER = 1;
    private static final int SPR_LR = 8;
    private static final int SPR_CTR = 9;
    private static final int SPR_LPCR = 318;
    private static final long LPCR_ILE = 1L << 25;

    // x86's segments in the order of the stream.
    private static final int ES = 0;
    private static final int CS = 1;
    private static final int SS = 2;
    private static final int DS = 3;
    private static final int FS = 4;
    private static final int GS = 5;

    private final long instance;
    private final StructNode state;
    private final Architecture architecture;

    private CpuState(long instance, StructNode state, Architecture architecture) {
        this.instance = instance;
        this.state = state;
        this.architecture = architecture;
    }

    /// The state of a CPU, or nothing if the section is of no architecture that is known here.
    ///
    /// @param instance the section's instance id
    /// @param state the root of the section's tree
    public static Optional<CpuState> of(long instance, StructNode state) {
        return architecture(state).map(a -> new CpuState(instance, state, a));
    }

    /// The architecture it is of.
    public Architecture architecture() {
        return architecture;
    }

    /// The order of bytes in the core.
    public ByteOrder order() {
        return switch (architecture) {
            case X86_64, AARCH64 -> ByteOrder.LITTLE_ENDIAN;
            case S390X -> ByteOrder.BIG_ENDIAN;
            case PPC64 ->
                    (element("env.spr", SPR_LPCR) & LPCR_ILE) != 0
                            ? ByteOrder.LITTLE_ENDIAN
                            : ByteOrder.BIG_ENDIAN;
        };
    }

    /// The address of the next instruction.
    public long programCounter() {
        return switch (architecture) {
            case X86_64 -> value("env.eip");
            case AARCH64 -> value("env.pc");
            case PPC64 -> value("env.nip");
            case S390X -> value("env.psw.addr");
        };
    }

    /// The NT_PRSTATUS note.
    byte[] status() {
        int size =
                switch (architecture) {
                    case X86_64 -> X86_STATUS_BYTES;
                    case AARCH64 -> ARM_STATUS_BYTES;
                    case PPC64 -> PPC_STATUS_BYTES;
                    case S390X -> S390_STATUS_BYTES;
                };
        ByteBuffer out = ByteBuffer.allocate(size).order(order());
        out.putInt(PRSTATUS_HEAD, (int) instance + 1);
        out.position(PRSTATUS_REGISTERS);
        switch (architecture) {
            case X86_64 -> x86(out);
            case AARCH64 -> arm(out);
            case PPC64 -> ppc(out);
            case S390X -> s390(out);
        }
        return out.array();
    }

    /// The note of QEMU's own with what NT_PRSTATUS has no place for; x86-64 only.
    Optional<byte[]> qemuNote() {
        if (architecture != Architecture.X86_64) {
            return Optional.empty();
        }
        ByteBuffer out = ByteBuffer.allocate(QEMU_NOTE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(1).putInt(QEMU_NOTE_BYTES);
        for (int register : new int[] {0, 3, 1, 2, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15}) {
            out.putLong(element("env.regs", register));
        }
        out.putLong(value("env.eip")).putLong(value("env.eflags"));
        for (int segment : new int[] {CS, DS, ES, FS, GS, SS}) {
            segment(out, "env.segs[" + segment + "]");
        }
        for (String name : new String[] {"env.ldt", "env.tr", "env.gdt", "env.idt"}) {
            segment(out, name);
        }
        for (int i = 0; i < 5; i++) {
            out.putLong(value("env.cr[" + i + "]"));
        }
        out.putLong(value("env.kernelgsbase"));
        return Optional.of(out.array());
    }

    private static Optional<Architecture> architecture(StructNode state) {
        if (has(state, "env.eip")) {
            return Optional.of(Architecture.X86_64);
        } else if (has(state, "env.xregs")) {
            return Optional.of(Architecture.AARCH64);
        } else if (has(state, "env.gpr") && has(state, "env.nip") && wide(state, "env.nip")) {
            return Optional.of(Architecture.PPC64);
        } else if (has(state, "env.psw.addr")) {
            return Optional.of(Architecture.S390X);
        }
        return Optional.empty();
    }

    private static boolean has(StructNode state, String name) {
        return StatePath.find(state, "." + name).isPresent();
    }

    private static boolean wide(StructNode state, String name) {
        return StatePath.find(state, "." + name).map(StateNode::length).orElse(0L) == Long.BYTES;
    }

    /// r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss
    /// fs_base gs_base ds es fs gs
    private void x86(ByteBuffer out) {
        for (int register : new int[] {15, 14, 13, 12, 5, 3, 11, 10, 9, 8, 0, 1, 2, 6, 7}) {
            out.putLong(element("env.regs", register));
        }
        out.putLong(0);
        out.putLong(value("env.eip")).putLong(selector(CS)).putLong(value("env.eflags"));
        out.putLong(element("env.regs", 4)).putLong(selector(SS));
        out.putLong(base(FS)).putLong(base(GS));
        for (int segment : new int[] {DS, ES, FS, GS}) {
            out.putLong(selector(segment));
        }
    }

    /// x0 … x30 sp pc pstate
    private void arm(ByteBuffer out) {
        for (int i = 0; i < 32; i++) {
            out.putLong(element("env.xregs", i));
        }
        out.putLong(value("env.pc")).putLong(value("cpsr"));
    }

    /// gpr0 … gpr31 nip msr orig_gpr3 ctr link xer ccr
    private void ppc(ByteBuffer out) {
        for (int i = 0; i < 32; i++) {
            out.putLong(element("env.gpr", i));
        }
        long condition = 0;
        for (int i = 0; i < 8; i++) {
            condition |= element("env.crf", i) << (28 - 4 * i);
        }
        out.putLong(value("env.nip")).putLong(value("env.msr")).putLong(0);
        out.putLong(element("env.spr", SPR_CTR)).putLong(element("env.spr", SPR_LR));
        out.putLong(element("env.spr", SPR_XER)).putLong(condition);
    }

    /// psw mask, psw address, gpr0 … gpr15, u32 access registers 0 … 15, orig_gpr2
    private void s390(ByteBuffer out) {
        out.putLong(value("env.psw.mask")).putLong(value("env.psw.addr"));
        for (int i = 0; i < 16; i++) {
            out.putLong(element("env.regs", i));
        }
        for (int i = 0; i < 16; i++) {
            out.putInt((int) element("env.aregs", i));
        }
    }

    private void segment(ByteBuffer out, String name) {
        out.putInt((int) value(name + ".selector"))
                .putInt((int) value(name + ".limit"))
                .putInt((int) value(name + ".flags"))
                .putInt(0)
                .putLong(value(name + ".base"));
    }

    private long selector(int segment) {
        return value("env.segs[" + segment + "].selector");
    }

    private long base(int segment) {
        return value("env.segs[" + segment + "].base");
    }

    private long element(String array, int index) {
        return value(array + "[" + index + "]");
    }

    /// The bits of a value; 0 for what the version of the stream does not have.
    private long value(String name) {
        Optional<StateNode> node = StatePath.find(state, "." + name);
        if (node.isEmpty()) {
            return 0;
        }
        if (node.get() instanceof IntegerNode integer) {
            return integer.bits();
        }
        ByteBuffer bytes = node.get().bytes().asByteBuffer().order(ByteOrder.BIG_ENDIAN);
        return bytes.remaining() == 4 ? Integer.toUnsignedLong(bytes.getInt()) : 0;
    }
}
