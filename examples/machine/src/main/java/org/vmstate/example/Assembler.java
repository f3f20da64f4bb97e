// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Assembles instructions of RV32I. A method is named after the instruction that it appends.
final class Assembler {
    /// Numbers of general registers by their names in the calling convention.
    static final int ZERO = 0;

    static final int RA = 1;
    static final int T0 = 5;
    static final int T1 = 6;
    static final int T2 = 7;
    static final int A0 = 10;
    static final int A1 = 11;
    static final int S0 = 8;
    static final int S1 = 9;
    static final int S2 = 18;
    static final int S3 = 19;
    static final int S4 = 20;
    static final int S5 = 21;
    static final int S6 = 22;
    static final int S7 = 23;
    static final int S8 = 24;
    static final int S9 = 25;
    static final int S10 = 26;

    static final int MSTATUS = 0x300;
    static final int MIE = 0x304;
    static final int MTVEC = 0x305;

    private final int base;
    private final List<Integer> words = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    private final List<Reference> references = new ArrayList<>();

    /// An instruction that refers to a label.
    private record Reference(int word, String label, boolean jump) {}

    /// Creates an assembler for code at an address.
    Assembler(int base) {
        this.base = base;
    }

    /// Names the address of the next instruction.
    void label(String name) {
        labels.put(name, words.size());
    }

    /// Returns the code, with all labels resolved.
    int[] words() {
        int[] code = words.stream().mapToInt(Integer::intValue).toArray();
        for (Reference reference : references) {
            int distance = 4 * (position(reference.label) - reference.word);
            code[reference.word] |=
                    reference.jump
                            ? (distance >> 20 & 1) << 31
                                    | (distance >> 1 & 0x3ff) << 21
                                    | (distance >> 11 & 1) << 20
                                    | (distance >> 12 & 0xff) << 12
                            : (distance >> 12 & 1) << 31
                                    | (distance >> 5 & 0x3f) << 25
                                    | (distance >> 1 & 0xf) << 8
                                    | (distance >> 11 & 1) << 7;
        }
        return code;
    }

    /// Returns the address of a label that was defined before.
    int address(String label) {
        return base + 4 * position(label);
    }

    private int position(String label) {
        Integer position = labels.get(label);
        if (position == null) {
            throw new IllegalStateException("no label " + label);
        }
        return position;
    }

    /// Loads a constant: one or two instructions.
    void li(int rd, int value) {
        int upper = value + 0x800 & 0xfffff000;
        if (upper == 0) {
            addi(rd, ZERO, value);
        } else {
            words.add(upper | rd << 7 | 0x37);
            addi(rd, rd, value - upper);
        }
    }

    void addi(int rd, int rs, int value) {
        immediate(0x13, 0, rd, rs, value);
    }

    void andi(int rd, int rs, int value) {
        immediate(0x13, 7, rd, rs, value);
    }

    void slli(int rd, int rs, int count) {
        immediate(0x13, 1, rd, rs, count);
    }

    void add(int rd, int rs1, int rs2) {
        words.add(rs2 << 20 | rs1 << 15 | rd << 7 | 0x33);
    }

    void sub(int rd, int rs1, int rs2) {
        words.add(1 << 30 | rs2 << 20 | rs1 << 15 | rd << 7 | 0x33);
    }

    void lw(int rd, int offset, int rs) {
        immediate(0x03, 2, rd, rs, offset);
    }

    void sw(int value, int offset, int rs) {
        words.add(offset >> 5 << 25 | value << 20 | rs << 15 | 2 << 12 | (offset & 31) << 7 | 0x23);
    }

    void beq(int rs1, int rs2, String label) {
        branch(0, rs1, rs2, label);
    }

    void bne(int rs1, int rs2, String label) {
        branch(1, rs1, rs2, label);
    }

    void bltu(int rs1, int rs2, String label) {
        branch(6, rs1, rs2, label);
    }

    /// Jumps to a label.
    void j(String label) {
        jal(ZERO, label);
    }

    void jal(int rd, String label) {
        references.add(new Reference(words.size(), label, true));
        words.add(rd << 7 | 0x6f);
    }

    void jalr(int rd, int offset, int rs) {
        immediate(0x67, 0, rd, rs, offset);
    }

    void csrw(int register, int rs) {
        immediate(0x73, 1, ZERO, rs, register);
    }

    void wfi() {
        words.add(0x10500073);
    }

    void mret() {
        words.add(0x30200073);
    }

    private void branch(int function, int rs1, int rs2, String label) {
        references.add(new Reference(words.size(), label, false));
        words.add(rs2 << 20 | rs1 << 15 | function << 12 | 0x63);
    }

    private void immediate(int opcode, int function, int rd, int rs, int value) {
        words.add(value << 20 | rs << 15 | function << 12 | rd << 7 | opcode);
    }
}
