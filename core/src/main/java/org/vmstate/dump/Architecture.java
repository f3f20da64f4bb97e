// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

/// A processor architecture for which cores can be made.
public enum Architecture {
    /// x86 in 64-bit form, whatever mode its CPUs are in.
    X86_64(62),
    /// 64-bit ARM, little-endian.
    AARCH64(183),
    /// 64-bit Power, in the byte order that interrupts are taken in.
    PPC64(21),
    /// IBM Z.
    S390X(22);

    private final int elfMachine;

    Architecture(int elfMachine) {
        this.elfMachine = elfMachine;
    }

    /// The number for it in an ELF header.
    int elfMachine() {
        return elfMachine;
    }
}
