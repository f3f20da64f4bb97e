// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

/// A processor architecture for which cores can be written.
public enum Architecture {
    /// x86 in 64-bit form, in any mode of the CPUs.
    X86_64(62, ElfClass.ELF64),
    /// 64-bit ARM, in any mode of the CPUs, in the byte order of EL1.
    AARCH64(183, ElfClass.ELF64),
    /// 32-bit ARM, in the byte order of PL1.
    ARM(40, ElfClass.ELF32),
    /// 64-bit Power, in the byte order in which interrupts are taken.
    PPC64(21, ElfClass.ELF64),
    /// IBM Z.
    S390X(22, ElfClass.ELF64),
    /// 64-bit RISC-V.
    RISCV64(243, ElfClass.ELF64),
    /// 32-bit RISC-V.
    RISCV32(243, ElfClass.ELF32),
    /// 64-bit LoongArch.
    LOONGARCH64(258, ElfClass.ELF64);

    private final int elfMachine;
    private final ElfClass elfClass;

    Architecture(int elfMachine, ElfClass elfClass) {
        this.elfMachine = elfMachine;
        this.elfClass = elfClass;
    }

    /// The value of `e_machine` in the ELF header.
    int elfMachine() {
        return elfMachine;
    }

    /// The ELF class of the architecture's cores.
    ElfClass elfClass() {
        return elfClass;
    }
}
