// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import org.vmstate.state.StructNode;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// The registers of one CPU, taken from the decoded `cpu` section. Immutable; valid as long as the
/// stream is open.
///
/// Corresponds to QEMU's `cpu_write_elf64_note` and `cpu_write_elf32_note` of each target.
public abstract sealed class CpuState
        permits X86CpuState,
                Arm64CpuState,
                Arm32CpuState,
                PowerCpuState,
                SystemZCpuState,
                RiscVCpuState,
                LoongArchCpuState {
    static final int NT_PRSTATUS = 1;
    static final int NT_FPREGSET = 2;

    private final Architecture architecture;

    /// The section they come from.
    final CpuRegisters registers;

    /// @param required names of fields that a core cannot do without
    CpuState(Architecture architecture, CpuRegisters registers, String... required)
            throws UnsupportedException {
        this.architecture = architecture;
        this.registers = registers;
        registers.require(required);
    }

    /// The state of a CPU, or nothing if the section is of no architecture that is known here.
    ///
    /// @param instance the section's instance id
    /// @param state the root of the section's tree
    /// @throws UnsupportedException if it is a CPU of 32-bit Power, or the section lacks registers
    ///   that every CPU of its architecture has
    public static Optional<CpuState> of(long instance, StructNode state)
            throws UnsupportedException {
        CpuRegisters registers = new CpuRegisters(instance, state);
        if (registers.has("env.eip")) {
            return Optional.of(new X86CpuState(registers));
        } else if (registers.has("env.xregs")) {
            ArmSystemRegisters system = new ArmSystemRegisters(registers);
            return Optional.of(
                    system.wide()
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

    /// The architecture it is of.
    public final Architecture architecture() {
        return architecture;
    }

    /// The order of bytes in the core.
    public abstract ByteOrder order();

    /// The address of the next instruction.
    public abstract long programCounter();

    /// The notes on this CPU in the order in which QEMU writes them.
    ///
    /// @param order the order of bytes in the core, which is that of its first CPU
    abstract List<ElfNote> notes(ByteOrder order);

    /// The note of QEMU's own with what the others have no place for, which comes behind those of
    /// all CPUs.
    Optional<ElfNote> qemuNote() {
        return Optional.empty();
    }

    /// The beginning of NT_PRSTATUS, with the position where the registers go.
    final ByteBuffer status(int size, ByteOrder order) {
        ElfClass elf = architecture.elfClass();
        ByteBuffer out = buffer(size, order).putInt(elf.statusThread(), registers.thread());
        return out.position(elf.statusRegisters());
    }

    /// Zeros for the content of a note.
    static ByteBuffer buffer(int size, ByteOrder order) {
        return ByteBuffer.allocate(size).order(order);
    }
}
