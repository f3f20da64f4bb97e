// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmstate.wire.UnsupportedException;

/// The registers of an x86 CPU, in 64-bit form in any mode.
///
/// ```
/// NT_PRSTATUS := … r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs
///                eflags rsp ss fs_base gs_base ds es fs gs …
/// QEMU        := u32 version  u32 size  rax rbx rcx rdx rsi rdi rsp rbp r8 … r15 rip rflags
///                cs ds es fs gs ss ldt tr gdt idt  cr0 … cr4  kernel_gs_base
/// ```
final class X86CpuState extends CpuState {
    private static final int STATUS_BYTES = 336;
    private static final int QEMU_BYTES = 440;
    private static final int QEMU_VERSION = 1;
    private static final int RSP = 4;

    // The indices of segments in the stream.
    private static final int ES = 0;
    private static final int CS = 1;
    private static final int SS = 2;
    private static final int DS = 3;
    private static final int FS = 4;
    private static final int GS = 5;

    X86CpuState(CpuRegisters registers) throws UnsupportedException {
        super(
                Architecture.X86_64,
                registers,
                "env.regs[7]",
                "env.eflags",
                "env.segs[5].selector",
                "env.cr[0]");
    }

    @Override
    public ByteOrder order() {
        return ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public long programCounter() {
        return registers.value("env.eip");
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        ByteBuffer out = status(STATUS_BYTES, order);
        for (int register : new int[] {15, 14, 13, 12, 5, 3, 11, 10, 9, 8, 0, 1, 2, 6, 7}) {
            out.putLong(general(register));
        }
        out.putLong(0);
        out.putLong(programCounter()).putLong(selector(CS)).putLong(flags());
        out.putLong(general(RSP)).putLong(selector(SS));
        out.putLong(base(FS)).putLong(base(GS));
        for (int segment : new int[] {DS, ES, FS, GS}) {
            out.putLong(selector(segment));
        }
        return List.of(ElfNote.core(NT_PRSTATUS, out));
    }

    @Override
    Optional<ElfNote> qemuNote() {
        ByteBuffer out = buffer(QEMU_BYTES, order());
        out.putInt(QEMU_VERSION).putInt(QEMU_BYTES);
        for (int register : new int[] {0, 3, 1, 2, 6, 7, RSP, 5, 8, 9, 10, 11, 12, 13, 14, 15}) {
            out.putLong(general(register));
        }
        out.putLong(programCounter()).putLong(flags());
        for (int segment : new int[] {CS, DS, ES, FS, GS, SS}) {
            segment(out, "env.segs[" + segment + "]");
        }
        for (String name : new String[] {"env.ldt", "env.tr", "env.gdt", "env.idt"}) {
            segment(out, name);
        }
        for (int i = 0; i < 5; i++) {
            out.putLong(registers.element("env.cr", i));
        }
        out.putLong(registers.value("env.kernelgsbase"));
        return Optional.of(ElfNote.qemu(0, out));
    }

    private void segment(ByteBuffer out, String name) {
        out.putInt((int) registers.value(name + ".selector"))
                .putInt((int) registers.value(name + ".limit"))
                .putInt((int) registers.value(name + ".flags"))
                .putInt(0)
                .putLong(registers.value(name + ".base"));
    }

    private long general(int register) {
        return registers.element("env.regs", register);
    }

    private long flags() {
        return registers.value("env.eflags");
    }

    private long selector(int segment) {
        return registers.value("env.segs[" + segment + "].selector");
    }

    private long base(int segment) {
        return registers.value("env.segs[" + segment + "].base");
    }
}
