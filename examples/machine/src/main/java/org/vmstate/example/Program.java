// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.example.Assembler.A0;
import static org.vmstate.example.Assembler.A1;
import static org.vmstate.example.Assembler.MIE;
import static org.vmstate.example.Assembler.MSTATUS;
import static org.vmstate.example.Assembler.MTVEC;
import static org.vmstate.example.Assembler.RA;
import static org.vmstate.example.Assembler.S0;
import static org.vmstate.example.Assembler.S1;
import static org.vmstate.example.Assembler.S10;
import static org.vmstate.example.Assembler.S2;
import static org.vmstate.example.Assembler.S3;
import static org.vmstate.example.Assembler.S4;
import static org.vmstate.example.Assembler.S5;
import static org.vmstate.example.Assembler.S6;
import static org.vmstate.example.Assembler.S7;
import static org.vmstate.example.Assembler.S8;
import static org.vmstate.example.Assembler.S9;
import static org.vmstate.example.Assembler.T0;
import static org.vmstate.example.Assembler.T1;
import static org.vmstate.example.Assembler.T2;
import static org.vmstate.example.Assembler.ZERO;

/// The program of the computer.
///
/// At each interrupt of the timer it counts, fills a buffer of 4 KiB with numbers that depend on
/// the count, posts three requests to copy the buffer to places that depend on the count, and
/// prints a line. What arrives at the serial port is sent back.
final class Program {
    /// The time between two interrupts of the timer.
    static final int PERIOD_TICKS = 400;

    private static final int BUFFER = Bus.RAM_BASE + 0x2000;
    private static final int BUFFER_BYTES = 0x1000;

    /// The copies of the buffer: eight places in a row, one after the other.
    private static final int COPIES = Bus.RAM_BASE + 0x4000;

    private static final int PLACES = 8;
    private static final int REQUESTS = 3;

    private final Assembler asm = new Assembler(Bus.RAM_BASE);

    private Program() {}

    /// Returns the code, which begins at the first address of the memory.
    static int[] words() {
        Program program = new Program();
        program.assemble();
        return program.asm.words();
    }

    private void assemble() {
        asm.j("start");
        handler();
        start();
        asm.label("loop");
        asm.wfi();
        asm.beq(S8, S6, "loop");
        asm.addi(S6, S6, 1);
        fill();
        post();
        print();
        asm.j("loop");
        decimal();
    }

    /// Handles interrupts, with registers that the rest of the code does not use: S8 counts the
    /// timer's, S9 and S10 are temporary.
    private void handler() {
        asm.label("handler");
        asm.lw(S9, InterruptController.CLAIM, S2);
        asm.bne(S9, ZERO, "claimed");
        asm.mret();
        asm.label("claimed");
        asm.li(S10, InterruptController.TIMER);
        asm.bne(S9, S10, "no timer");
        asm.addi(S8, S8, 1);
        asm.j("handler");
        asm.label("no timer");
        asm.li(S10, InterruptController.UART);
        asm.bne(S9, S10, "handler");
        asm.label("echo");
        asm.lw(S10, Uart.READY, S0);
        asm.beq(S10, ZERO, "handler");
        asm.lw(S10, Uart.DATA, S0);
        asm.sw(S10, Uart.DATA, S0);
        asm.j("echo");
    }

    /// S0 to S3 are the addresses of the peripherals, S4 that of the buffer, S6 is the count.
    private void start() {
        asm.label("start");
        asm.li(S0, Board.UART);
        asm.li(S1, Board.TIMER);
        asm.li(S2, Board.INTERRUPTS);
        asm.li(S3, Board.DMA);
        asm.li(S4, BUFFER);
        asm.li(T0, PERIOD_TICKS);
        asm.sw(T0, Timer.PERIOD, S1);
        asm.li(T0, -1);
        asm.sw(T0, InterruptController.ENABLED, S2);
        asm.li(T0, asm.address("handler"));
        asm.csrw(MTVEC, T0);
        asm.li(T0, 1 << 11);
        asm.csrw(MIE, T0);
        asm.li(T0, 1 << 3);
        asm.csrw(MSTATUS, T0);
    }

    private void fill() {
        asm.li(T0, BUFFER_BYTES);
        asm.add(T0, T0, S4); // the end
        asm.addi(T1, S4, 0);
        asm.slli(T2, S6, 16);
        asm.label("fill");
        asm.sw(T2, 0, T1);
        asm.addi(T2, T2, 1);
        asm.addi(T1, T1, 4);
        asm.bltu(T1, T0, "fill");
    }

    private void post() {
        asm.sw(S4, DmaEngine.SOURCE, S3);
        asm.li(T0, BUFFER_BYTES);
        asm.sw(T0, DmaEngine.LENGTH, S3);
        for (int i = 0; i < REQUESTS; i++) {
            asm.addi(T1, S6, i);
            asm.andi(T1, T1, PLACES - 1);
            asm.slli(T1, T1, 12);
            asm.li(T2, COPIES);
            asm.add(T1, T1, T2);
            asm.sw(T1, DmaEngine.TARGET, S3);
            asm.sw(T1, DmaEngine.POST, S3);
        }
    }

    private void print() {
        text("count ");
        asm.addi(A0, S6, 0);
        asm.jal(RA, "decimal");
        text(" copied ");
        asm.lw(A0, DmaEngine.COMPLETED, S3);
        asm.jal(RA, "decimal");
        text("\n");
    }

    private void text(String text) {
        for (int i = 0; i < text.length(); i++) {
            asm.li(T0, text.charAt(i));
            asm.sw(T0, Uart.DATA, S0);
        }
    }

    /// A subroutine that prints A0 with five digits. S5 is the digit, S7 the return address of the
    /// caller.
    private void decimal() {
        asm.label("decimal");
        asm.addi(S7, RA, 0);
        for (int power = 10_000; power > 0; power /= 10) {
            asm.li(A1, power);
            asm.jal(RA, "digit");
        }
        asm.jalr(ZERO, 0, S7);
        asm.label("digit");
        asm.li(S5, '0');
        asm.label("subtract");
        asm.bltu(A0, A1, "found");
        asm.sub(A0, A0, A1);
        asm.addi(S5, S5, 1);
        asm.j("subtract");
        asm.label("found");
        asm.sw(S5, Uart.DATA, S0);
        asm.jalr(ZERO, 0, RA);
    }
}
