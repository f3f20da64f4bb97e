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
/// Corresponds to QEMU's `cpu_write_elf64_note` of each target.
public abstract sealed class CpuState
        permits X86CpuState, ArmCpuState, PowerCpuState, SystemZCpuState {
    static final int NT_PRSTATUS = 1;
    static final int NT_FPREGSET = 2;
    private static final int STATUS_HEAD = 32;
    private static final int STATUS_REGISTERS = 112;

    private final Architecture architecture;

    /// The section they come from.
    final CpuRegisters registers;

    CpuState(Architecture architecture, CpuRegisters registers) {
        this.architecture = architecture;
        this.registers = registers;
    }

    /// The state of a CPU, or nothing if the section is of no architecture that is known here.
    ///
    /// @param instance the section's instance id
    /// @param state the root of the section's tree
    /// @throws UnsupportedException if it is a CPU of 32 bits
    public static Optional<CpuState> of(long instance, StructNode state)
            throws UnsupportedException {
        CpuRegisters registers = new CpuRegisters(instance, state);
        if (registers.has("env.eip")) {
            return Optional.of(new X86CpuState(registers));
        } else if (registers.has("env.xregs")) {
            ArmSystemRegisters system = new ArmSystemRegisters(registers);
            if (!system.wide()) {
                throw narrow("ARM");
            }
            return Optional.of(new ArmCpuState(registers, system));
        } else if (registers.has("env.gpr") && registers.has("env.nip")) {
            if (registers.length("env.nip") != Long.BYTES) {
                throw narrow("Power");
            }
            return Optional.of(new PowerCpuState(registers));
        } else if (registers.has("env.psw.addr")) {
            return Optional.of(new SystemZCpuState(registers));
        }
        return Optional.empty();
    }

    private static UnsupportedException narrow(String name) {
        return new UnsupportedException(
                "a core of a 32-bit " + name + " CPU", VMStateException.NO_OFFSET);
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
    abstract List<ElfNote> notes();

    /// The note of QEMU's own with what the others have no place for, which comes behind those of
    /// all CPUs.
    Optional<ElfNote> qemuNote() {
        return Optional.empty();
    }

    /// The beginning of NT_PRSTATUS, with the position where the registers go.
    final ByteBuffer status(int size) {
        ByteBuffer out = buffer(size).putInt(STATUS_HEAD, registers.thread());
        return out.position(STATUS_REGISTERS);
    }

    /// Zeros for the content of a note.
    final ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(order());
    }
}
