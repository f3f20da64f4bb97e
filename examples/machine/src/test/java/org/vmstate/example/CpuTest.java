// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CpuTest {
    /// Where the trap handler of the tests would be.
    private static final int HANDLER = Bus.RAM_BASE + 0x100;

    private final Ram ram = new Ram(0x1000);
    private final Cpu cpu = new Cpu(new Bus(ram));

    private void run(int... code) {
        for (int i = 0; i < code.length; i++) {
            ram.putWord(4 * i, code[i]);
        }
        cpu.run(code.length);
    }

    /// Each instruction computes x7 from x5 and x6; the encodings follow the specification of
    /// RISC-V.
    @ParameterizedTest
    @CsvSource({
        "006283b3, 7, -3, 4", // add
        "406283b3, 7, -3, 10", // sub
        "006293b3, 1, 33, 2", // sll
        "0062a3b3, -1, 1, 1", // slt
        "0062b3b3, -1, 1, 0", // sltu
        "0062c3b3, 12, 10, 6", // xor
        "0062d3b3, -16, 28, 15", // srl
        "4062d3b3, -16, 2, -4", // sra
        "0062e3b3, 12, 10, 14", // or
        "0062f3b3, 12, 10, 8", // and
        "fff28393, 5, 0, 4", // addi -1
        "4022d393, -16, 0, -4", // srai 2
        "01c2d393, -16, 0, 15", // srli 28
        "fff2b393, 5, 0, 1", // sltiu -1
    })
    void computes(String code, int a, int b, int expected) {
        Assembler asm = new Assembler(Bus.RAM_BASE);
        asm.addi(5, 0, a);
        asm.addi(6, 0, b);
        int[] start = asm.words();
        run(start[0], start[1], Integer.parseUnsignedInt(code, 16));
        assertThat(cpu.register(7)).isEqualTo(expected);
    }

    @Test
    void loadsExtendTheSign() {
        ram.putWord(0x80, 0x8001_80ff);
        run(
                0x80000537, // lui a0, 0x80000
                0x08050283, // lb t0, 0x80(a0)
                0x08054303, // lbu t1, 0x80(a0)
                0x08051383, // lh t2, 0x80(a0)
                0x08055e03); // lhu t3, 0x80(a0)
        assertThat(cpu.register(5)).isEqualTo(-1);
        assertThat(cpu.register(6)).isEqualTo(0xff);
        assertThat(cpu.register(7)).isEqualTo((short) 0x80ff);
        assertThat(cpu.register(28)).isEqualTo(0x80ff);
    }

    @Test
    void registerZeroStaysZero() {
        run(0x00700013); // addi zero, zero, 7
        assertThat(cpu.register(0)).isZero();
    }

    /// What follows the instructions that set the trap handler, and the cause that it finds.
    @ParameterizedTest
    @CsvSource({
        "00000000, 2", // no instruction
        "026283b3, 2", // mul
        "00002003, 5", // lw zero, 0(zero)
        "00002023, 7", // sw zero, 0(zero)
        "00000073, 11", // ecall
        "00100073, 3", // ebreak
        "00000067, 1", // jr zero
    })
    void trapsEnterTheHandler(String code, int cause) {
        Assembler asm = new Assembler(Bus.RAM_BASE);
        asm.li(5, HANDLER);
        asm.csrw(Assembler.MTVEC, 5);
        int[] start = asm.words();
        ram.putWord(0x100, 0x34202373); // csrr t1, mcause
        run(start[0], start[1], start[2], Integer.parseUnsignedInt(code, 16));
        cpu.run(cause == 1 ? 2 : 1);
        assertThat(cpu.register(6)).isEqualTo(cause);
        assertThat(cpu.pc()).isEqualTo(HANDLER + 4);
    }
}
