// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.vmstate.wire.UnsupportedException;

/// The registers of a 64-bit ARM CPU.
///
/// ```
/// NT_PRSTATUS := … x0 … x30 sp pc pstate  u32 1 if NT_FPREGSET follows  0
/// NT_FPREGSET := v0 … v31, 16 bytes each  u32 fpsr  u32 fpcr  8 × 0
/// NT_ARM_SVE  := u32 size  u32 max_size  u16 length  u16 max_length  u16 flags  u16 0
///                z0 … z31, `length` bytes each  p0 … p15 ffr, `length`/8 bytes each  padding
///                u32 fpsr  u32 fpcr  padding                      [only if the CPU has SVE]
/// ```
///
/// The maximum vector length of a CPU is not in the stream, so `max_length` is always 256 bytes.
/// `length` is the vector length that the `ZCR` registers select.
final class Arm64CpuState extends ArmCpuState {
    private static final int STATUS_BYTES = 392;
    private static final int FP_BYTES = 528;
    private static final int NT_ARM_SVE = 0x405;
    private static final int SVE_HEADER_BYTES = 16;
    private static final int SVE_FLAG = 1;
    private static final int QUAD_BYTES = 16;
    private static final int MAX_QUADS = 16;
    private static final int PREDICATES = 17;
    private static final long STATUS_BITS = 0xf800_009fL;
    private static final long CONTROL_BITS = 0x07f7_9f00L;

    Arm64CpuState(CpuRegisters registers, ArmSystemRegisters system) throws UnsupportedException {
        super(Architecture.AARCH64, registers, system, "env.xregs[31]", "env.pc", "cpsr");
    }

    @Override
    public long programCounter() {
        return registers.value("env.pc");
    }

    @Override
    List<ElfNote> notes(ByteOrder order) {
        List<ElfNote> notes = new ArrayList<>();
        ByteBuffer status = status(STATUS_BYTES, order);
        putLongs(status, "env.xregs", 32);
        status.putLong(programCounter()).putLong(registers.value("cpsr"));
        status.putInt(1);
        notes.add(ElfNote.core(NT_PRSTATUS, status));
        ByteBuffer vectors = buffer(FP_BYTES, order);
        for (int i = 0; i < VECTORS; i++) {
            quad(vectors, i);
        }
        floatingPointStatus(vectors);
        notes.add(ElfNote.core(NT_FPREGSET, vectors));
        if (registers.has("/sve.env.vfp.pregs")) {
            notes.add(ElfNote.linux(NT_ARM_SVE, scalable(quads(), order)));
        }
        return notes;
    }

    /// Writes the low 16 bytes of a vector register.
    private void quad(ByteBuffer out, int register) {
        long low = vectorWord(register, 0);
        long high = vectorWord(register, 1);
        boolean little = out.order() == ByteOrder.LITTLE_ENDIAN;
        out.putLong(little ? low : high).putLong(little ? high : low);
    }

    private void floatingPointStatus(ByteBuffer out) {
        long both = registers.value("/vfp.fpscr");
        out.putInt((int) (both & STATUS_BITS)).putInt((int) (both & CONTROL_BITS));
    }

    private ByteBuffer scalable(int quads, ByteOrder order) {
        ByteBuffer out = buffer(scalableBytes(quads), ByteOrder.LITTLE_ENDIAN);
        int length = quads * QUAD_BYTES;
        ByteBuffer head = out.duplicate().order(order);
        head.putInt(scalableBytes(quads)).putInt(scalableBytes(MAX_QUADS));
        head.putShort((short) length).putShort((short) (MAX_QUADS * QUAD_BYTES));
        head.putShort((short) SVE_FLAG);
        out.position(SVE_HEADER_BYTES);
        for (int i = 0; i < VECTORS; i++) {
            out.putLong(vectorWord(i, 0));
            out.putLong(vectorWord(i, 1));
            for (int word = 0; word < 2 * (quads - 1); word++) {
                out.putLong(registers.value("/sve.env.vfp.zregs[" + i + "].d[" + word + "]"));
            }
        }
        for (int i = 0; i < PREDICATES; i++) {
            for (int part = 0; part < quads; part++) {
                long word = registers.value("/sve.env.vfp.pregs[" + i + "].p[" + part / 4 + "]");
                out.putShort((short) (word >> (part % 4 * Short.SIZE)));
            }
        }
        out.order(order).position(statusAt(quads));
        floatingPointStatus(out);
        return out;
    }

    /// The size of the note in bytes for vectors of `quads` times 16 bytes.
    private static int scalableBytes(int quads) {
        return statusAt(quads) + QUAD_BYTES;
    }

    private static int statusAt(int quads) {
        int registers = VECTORS * quads * QUAD_BYTES + PREDICATES * quads * 2;
        return SVE_HEADER_BYTES + Math.ceilDiv(registers, QUAD_BYTES) * QUAD_BYTES;
    }

    /// The current vector length in units of 16 bytes: the minimum of the lengths that its
    /// exception level and the higher ones allow.
    private int quads() {
        int level = Math.max(1, (int) (registers.value("cpsr") >> 2 & 3));
        long least = MAX_QUADS;
        for (int i = level; i <= 3; i++) {
            OptionalLong allowed = system.vectorLength(i);
            if (allowed.isPresent()) {
                least = Math.min(least, (allowed.getAsLong() & 15) + 1);
            }
        }
        return (int) least;
    }
}
