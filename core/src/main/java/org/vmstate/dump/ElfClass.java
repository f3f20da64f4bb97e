// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

/// The class of an ELF file. It determines the size of addresses and offsets, and the offsets of
/// the CPU's number and of the registers in NT_PRSTATUS.
enum ElfClass {
    /// Addresses of 32 bits.
    ELF32(1, 52, 32, 40, 24, 72),
    /// Addresses of 64 bits.
    ELF64(2, 64, 56, 64, 32, 112);

    private final int number;
    private final int headerBytes;
    private final int programHeaderBytes;
    private final int sectionHeaderBytes;
    private final int statusThread;
    private final int statusRegisters;

    ElfClass(
            int number,
            int headerBytes,
            int programHeaderBytes,
            int sectionHeaderBytes,
            int statusThread,
            int statusRegisters) {
        this.number = number;
        this.headerBytes = headerBytes;
        this.programHeaderBytes = programHeaderBytes;
        this.sectionHeaderBytes = sectionHeaderBytes;
        this.statusThread = statusThread;
        this.statusRegisters = statusRegisters;
    }

    /// The value of `EI_CLASS` in the ELF header.
    int number() {
        return number;
    }

    int headerBytes() {
        return headerBytes;
    }

    int programHeaderBytes() {
        return programHeaderBytes;
    }

    int sectionHeaderBytes() {
        return sectionHeaderBytes;
    }

    /// The offset of the CPU's number in NT_PRSTATUS.
    int statusThread() {
        return statusThread;
    }

    /// The offset of the registers in NT_PRSTATUS.
    int statusRegisters() {
        return statusRegisters;
    }
}
