// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

/// The class of an ELF file: how wide its addresses and offsets are, and where NT_PRSTATUS has the
/// number of the CPU and the registers.
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

    /// The number for it in an ELF header.
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

    /// The offset in NT_PRSTATUS of the number of the CPU.
    int statusThread() {
        return statusThread;
    }

    /// The offset in NT_PRSTATUS of the registers.
    int statusRegisters() {
        return statusRegisters;
    }
}
