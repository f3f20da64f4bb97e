// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

/// A processor architecture for which cores can be made.
public enum Architecture {
    /// x86 in 64-bit form, whatever mode its CPUs are in.
    X86_64(62, ElfClass.ELF64),
    /// 64-bit ARM, whatever mode its CPUs are in, in the byte order of EL1.
    AARCH64(183, ElfClass.ELF64),
    /// 32-bit ARM, in the byte order of PL1.
    ARM(40, ElfClass.ELF32),
    /// 64-bit Power, in the byte order that interrupts are taken in.
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

    /// The number for it in an ELF header.
    int elfMachine() {
        return elfMachine;
    }

    /// The class of its cores.
    ElfClass elfClass() {
        return elfClass;
    }
}
