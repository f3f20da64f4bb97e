// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmstate.state.StructNode;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// The registers of one CPU, read from its decoded `cpu` section. Immutable; valid while the stream
/// is open.
///
/// Corresponds to QEMU's `cpu_write_elf64_note` and `cpu_write_elf32_note` of each target.
public abstract sealed class CpuState
        permits X86CpuState,
                ArmCpuState,
                PowerCpuState,
                SystemZCpuState,
                RiscVCpuState,
                LoongArchCpuState {
    static final int NT_PRSTATUS = 1;
    static final int NT_FPREGSET = 2;

    private final Architecture architecture;

    /// The section with the registers.
    final CpuRegisters registers;

    /// @param required the names of fields without which no core can be written
    CpuState(Architecture architecture, CpuRegisters registers, String... required)
            throws UnsupportedException {
        this.architecture = architecture;
        this.registers = registers;
        registers.require(required);
    }

    /// Returns the state of a CPU, or empty if the section is not that of a supported architecture.
    ///
    /// @param instance the section's instance id
    /// @param state the root of the section's tree
    /// @throws UnsupportedException if it is a 32-bit Power CPU, or if the section lacks registers
    ///   that every CPU of its architecture has
    public static Optional<CpuState> of(long instance, StructNode state)
            throws UnsupportedException {
        CpuRegisters registers = new CpuRegisters(instance, state);
        if (registers.has("env.eip")) {
            return Optional.of(new X86CpuState(registers));
        } else if (registers.has("env.xregs")) {
            ArmSystemRegisters system = new ArmSystemRegisters(registers);
            return Optional.of(
                    system.supports64Bit()
                            ? new Arm64CpuState(registers, system)
                            : new Arm32CpuState(registers, system));
        } else if (registers.has("env.nip")) {
            if (registers.length("env.nip") != Long.BYTES) {
                throw new UnsupportedException(
                        "a core of a 32-bit Power CPU", VMStateException.NO_OFFSET);
            }
            return Optional.of(new PowerCpuState(registers));
        } else if (registers.has("env.psw.addr")) {
            return Optional.of(new SystemZCpuState(registers));
        } else if (registers.has("env.misa_ext") || registers.has("env.misa")) {
            return Optional.of(new RiscVCpuState(registers));
        } else if (registers.has(LoongArchCpuState.ERA)
                || registers.has(LoongArchCpuState.NEW_ERA)) {
            return Optional.of(new LoongArchCpuState(registers));
        }
        return Optional.empty();
    }

    /// The architecture of the CPU.
    public final Architecture architecture() {
        return architecture;
    }

    /// The byte order of the core.
    public abstract ByteOrder order();

    /// The address of the next instruction.
    public abstract long programCounter();

    /// The notes about this CPU, in QEMU's order.
    ///
    /// @param order the byte order of the core, which is that of its first CPU
    abstract List<ElfNote> notes(ByteOrder order);

    /// QEMU's own note, with the registers that the other notes do not contain. It follows the
    /// notes of all CPUs.
    Optional<ElfNote> qemuNote() {
        return Optional.empty();
    }

    /// Creates the content of NT_PRSTATUS with the CPU's number; its position is that of the
    /// registers.
    final ByteBuffer status(int size, ByteOrder order) {
        ElfClass elf = architecture.elfClass();
        ByteBuffer out = buffer(size, order).putInt(elf.statusThread(), registers.thread());
        return out.position(elf.statusRegisters());
    }

    /// Appends elements 0 to `count` - 1 of an array as 64-bit numbers.
    final void putLongs(ByteBuffer out, String array, int count) {
        for (int i = 0; i < count; i++) {
            out.putLong(registers.element(array, i));
        }
    }

    /// Creates the content of a note, filled with zeros.
    static ByteBuffer buffer(int size, ByteOrder order) {
        return ByteBuffer.allocate(size).order(order);
    }
}
