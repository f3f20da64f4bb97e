// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The example's interpreter, in a loop of five instructions of which two access the memory.
///
/// `bench/interpreter` runs it with the example's memory and with others, which are in
/// `src/interpreter`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class InterpreterBenchmark {
    private static final int INSTRUCTIONS = 100_000;
    private static final int BUFFER = Bus.RAM_BASE + (1 << 16);
    private static final int BUFFER_BYTES = 1 << 18;

    private final Cpu cpu;

    /// Creates a computer with its program.
    public InterpreterBenchmark() {
        Ram ram = new Ram(1 << 20);
        Assembler asm = new Assembler(Bus.RAM_BASE);
        asm.label("start");
        asm.li(5, BUFFER);
        asm.li(6, BUFFER + BUFFER_BYTES);
        asm.label("loop");
        asm.lw(7, 0, 5);
        asm.addi(7, 7, 1);
        asm.sw(7, 0, 5);
        asm.addi(5, 5, 4);
        asm.bltu(5, 6, "loop");
        asm.j("start");
        int[] program = asm.words();
        for (int i = 0; i < program.length; i++) {
            ram.putWord(i * Integer.BYTES, program[i]);
        }
        cpu = new Cpu(new Bus(ram));
    }

    /// Executes instructions.
    @Benchmark
    @OperationsPerInvocation(INSTRUCTIONS)
    public long run() {
        cpu.run(INSTRUCTIONS);
        return cpu.cycles();
    }
}
