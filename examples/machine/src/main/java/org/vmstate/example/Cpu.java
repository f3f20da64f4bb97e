// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.RefusedException;

/// A processor that interprets RV32I with machine mode and external interrupts.
final class Cpu {
    /// Bits of `mstatus`: interrupts are enabled; they were before the last trap.
    private static final int MIE = 1 << 3;

    private static final int MPIE = 1 << 7;

    /// The bit of `mie` and `mip` for external interrupts.
    private static final int EXTERNAL = 1 << 11;

    private static final int INSTRUCTION_MISALIGNED = 0;
    private static final int INSTRUCTION_FAULT = 1;
    private static final int ILLEGAL_INSTRUCTION = 2;
    private static final int BREAKPOINT = 3;
    private static final int LOAD_FAULT = 5;
    private static final int STORE_FAULT = 7;
    private static final int CALL_FROM_MACHINE = 11;
    private static final int EXTERNAL_INTERRUPT = (1 << 31) | 11;

    private final transient Bus bus;
    private final transient Ram ram;

    private final int[] x = new int[32];
    private int pc;
    private long cycles;
    private boolean waiting;
    private int mstatus;
    private int mie;
    private int mtvec;
    private int mscratch;
    private int mepc;
    private int mcause;
    private int mtval;

    Cpu(Bus bus) {
        this.bus = bus;
        this.ram = bus.ram();
        reset();
    }

    private void reset() {
        Arrays.fill(x, 0);
        pc = Bus.RAM_BASE;
        cycles = 0;
        waiting = false;
        mstatus = 0;
        mie = 0;
        mtvec = 0;
        mscratch = 0;
        mepc = 0;
        mcause = 0;
        mtval = 0;
    }

    static final VMStateDescription<Cpu> VMSTATE =
            VMStateDescription.builder("cpu", Cpu.class, MethodHandles.lookup())
                    .preLoad(Cpu::reset)
                    .fields(
                            uint32("x").array(32),
                            uint32("pc"),
                            uint64("cycles"),
                            bool("waiting"),
                            uint32("mstatus"),
                            uint32("mie"),
                            uint32("mtvec"),
                            uint32("mscratch"),
                            uint32("mepc"),
                            uint32("mcause"),
                            uint32("mtval"))
                    .postLoad(
                            (cpu, _) -> {
                                if (cpu.x[0] != 0) {
                                    throw new RefusedException("x0 is not zero");
                                }
                            })
                    .build();

    /// The number of cycles since power-on. An instruction takes one.
    long cycles() {
        return cycles;
    }

    /// The address of the next instruction.
    int pc() {
        return pc;
    }

    /// The value of a general register.
    int register(int number) {
        return x[number];
    }

    /// Whether the processor waits for an interrupt.
    boolean waiting() {
        return waiting;
    }

    /// Lets the processor notice the state of the interrupt controller. The board does that between
    /// instructions, at fixed cycles.
    void interrupt(boolean asserted) {
        if (asserted) {
            waiting = false;
            if ((mstatus & MIE) != 0 && (mie & EXTERNAL) != 0) {
                pc = trap(EXTERNAL_INTERRUPT, 0, pc);
            }
        }
    }

    /// Executes instructions for a number of cycles.
    void run(int count) {
        cycles += count;
        int at = pc;
        for (int left = count; left > 0 && !waiting; left--) {
            int offset = at - Bus.RAM_BASE;
            if (!ram.contains(offset, Integer.BYTES)) {
                at = trap(INSTRUCTION_FAULT, at, at);
            } else if ((at & 3) != 0) {
                at = trap(INSTRUCTION_MISALIGNED, at, at);
            } else {
                at = execute(ram.getWord(offset), at);
                x[0] = 0;
            }
        }
        pc = at;
    }

    /// Executes an instruction; returns the address of the next one.
    private int execute(int code, int at) {
        int rd = code >>> 7 & 31;
        int a = x[code >>> 15 & 31];
        int b = x[code >>> 20 & 31];
        int function = code >>> 12 & 7;
        switch (code & 0x7f) {
            case 0x37 -> x[rd] = code & 0xfffff000;
            case 0x17 -> x[rd] = at + (code & 0xfffff000);
            case 0x6f -> {
                x[rd] = at + 4;
                return at + jumpOffset(code);
            }
            case 0x67 -> {
                x[rd] = at + 4;
                return (a + (code >> 20)) & ~1;
            }
            case 0x63 -> {
                return at + (taken(function, a, b) ? branchOffset(code) : 4);
            }
            case 0x03 -> {
                return load(function, rd, a + (code >> 20), at);
            }
            case 0x23 -> {
                return store(function, a + ((code >> 25 << 5) | rd), b, at);
            }
            case 0x13 -> {
                // Only the shift to the right has a second form here.
                boolean second = function == 5 && (code & 1 << 30) != 0;
                x[rd] = compute(function, second, a, code >> 20);
            }
            case 0x33 -> {
                if ((code >>> 25 & ~0x20) != 0) { // multiplication and division are not in RV32I
                    return trap(ILLEGAL_INSTRUCTION, code, at);
                }
                x[rd] = compute(function, (code & 1 << 30) != 0, a, b);
            }
            case 0x0f -> {} // FENCE: there is one processor, and accesses are in order.
            case 0x73 -> {
                return system(code, rd, function, a, at);
            }
            default -> {
                return trap(ILLEGAL_INSTRUCTION, code, at);
            }
        }
        return at + 4;
    }

    private static int jumpOffset(int code) {
        return code >> 31 << 20 | (code & 0xff000) | (code >>> 9 & 0x800) | (code >>> 20 & 0x7fe);
    }

    private static int branchOffset(int code) {
        return code >> 31 << 12 | (code << 4 & 0x800) | (code >>> 20 & 0x7e0) | (code >>> 7 & 0x1e);
    }

    private static boolean taken(int function, int a, int b) {
        return switch (function) {
            case 0 -> a == b;
            case 1 -> a != b;
            case 4 -> a < b;
            case 5 -> a >= b;
            case 6 -> Integer.compareUnsigned(a, b) < 0;
            case 7 -> Integer.compareUnsigned(a, b) >= 0;
            default -> false;
        };
    }

    private static int compute(int function, boolean second, int a, int b) {
        return switch (function) {
            case 0 -> second ? a - b : a + b;
            case 1 -> a << b;
            case 2 -> a < b ? 1 : 0;
            case 3 -> Integer.compareUnsigned(a, b) < 0 ? 1 : 0;
            case 4 -> a ^ b;
            case 5 -> second ? a >> b : a >>> b;
            case 6 -> a | b;
            default -> a & b;
        };
    }

    private int load(int function, int rd, int address, int at) {
        int offset = address - Bus.RAM_BASE;
        if (ram.contains(offset, Integer.BYTES)) {
            switch (function) {
                case 0 -> x[rd] = ram.getByte(offset);
                case 1 -> x[rd] = ram.getHalf(offset);
                case 2 -> x[rd] = ram.getWord(offset);
                case 4 -> x[rd] = ram.getByte(offset) & 0xff;
                case 5 -> x[rd] = ram.getHalf(offset) & 0xffff;
                default -> {
                    return trap(ILLEGAL_INSTRUCTION, 0, at);
                }
            }
            return at + 4;
        }
        Peripheral peripheral = bus.peripheral(address);
        if (peripheral == null || function != 2) {
            return trap(LOAD_FAULT, address, at);
        }
        x[rd] = peripheral.read(address & Bus.PERIPHERAL_BYTES - 1);
        return at + 4;
    }

    private int store(int function, int address, int value, int at) {
        int offset = address - Bus.RAM_BASE;
        if (ram.contains(offset, Integer.BYTES)) {
            switch (function) {
                case 0 -> ram.putByte(offset, (byte) value);
                case 1 -> ram.putHalf(offset, (short) value);
                case 2 -> ram.putWord(offset, value);
                default -> {
                    return trap(ILLEGAL_INSTRUCTION, 0, at);
                }
            }
            return at + 4;
        }
        Peripheral peripheral = bus.peripheral(address);
        if (peripheral == null || function != 2) {
            return trap(STORE_FAULT, address, at);
        }
        peripheral.write(address & Bus.PERIPHERAL_BYTES - 1, value);
        return at + 4;
    }

    private int system(int code, int rd, int function, int a, int at) {
        if (function != 0) {
            return changeRegister(code >>> 20, rd, function, a, code, at);
        }
        return switch (code >>> 20) {
            case 0x000 -> trap(CALL_FROM_MACHINE, 0, at);
            case 0x001 -> trap(BREAKPOINT, at, at);
            case 0x105 -> {
                waiting = true;
                yield at + 4;
            }
            case 0x302 -> {
                mstatus = (mstatus & ~MIE) | (mstatus >>> 4 & MIE) | MPIE;
                yield mepc;
            }
            default -> trap(ILLEGAL_INSTRUCTION, code, at);
        };
    }

    /// Executes CSRRW, CSRRS, CSRRC and their forms with a constant.
    private int changeRegister(int register, int rd, int function, int a, int code, int at) {
        int old =
                switch (register) {
                    case 0x300 -> mstatus;
                    case 0x304 -> mie;
                    case 0x305 -> mtvec;
                    case 0x340 -> mscratch;
                    case 0x341 -> mepc;
                    case 0x342 -> mcause;
                    case 0x343 -> mtval;
                    case 0xc00, 0xb00 -> (int) cycles;
                    case 0xc80, 0xb80 -> (int) (cycles >>> 32);
                    default -> 0;
                };
        int operand = function >= 4 ? code >>> 15 & 31 : a;
        int value =
                switch (function & 3) {
                    case 1 -> operand;
                    case 2 -> old | operand;
                    default -> old & ~operand;
                };
        switch (register) {
            case 0x300 -> mstatus = value & (MIE | MPIE);
            case 0x304 -> mie = value & EXTERNAL;
            case 0x305 -> mtvec = value & ~3;
            case 0x340 -> mscratch = value;
            case 0x341 -> mepc = value & ~3;
            case 0x342 -> mcause = value;
            case 0x343 -> mtval = value;
            default -> {}
        }
        x[rd] = old;
        return at + 4;
    }

    /// Enters the trap handler; returns its address.
    private int trap(int cause, int value, int at) {
        mepc = at;
        mcause = cause;
        mtval = value;
        mstatus = mstatus << 4 & MPIE;
        return mtvec;
    }
}
