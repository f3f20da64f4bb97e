// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;

/// Firmware that writes a number to every floating-point and vector register, then [#done] to an
/// address that depends on the machine, and loops.
public final class VectorFirmware {
    /// The address for aarch64.
    public static final long AARCH64_MARK = 0x4000_0000L;

    /// The address for ppc64.
    public static final long PPC64_MARK = 0xc00;

    /// The address for s390x.
    public static final long S390X_MARK = 0x800;

    /// The address for RISC-V.
    public static final long RISCV_MARK = 0x8000_07f0L;

    /// The address for 32-bit ARM.
    public static final long ARM_MARK = 0x4010_0000L;

    private static final int NUMBERS_BYTES = 1024;
    private static final int PPC64_CODE = 0x100;
    private static final int PPC64_NUMBERS = 0x400;

    private VectorFirmware() {}

    /// The 32 bits at the address when the firmware is done, in the guest's byte order.
    public static byte[] done(ByteOrder order) {
        byte[] mark = new byte[4];
        ByteBuffer.wrap(mark).order(order).putInt(0x6f64);
        return mark;
    }

    static byte[] aarch64() {
        ByteBuffer code = image().order(ByteOrder.LITTLE_ENDIAN);
        // mov x1, 3 << 20; msr cpacr_el1, x1; isb
        words(code, 0xd2a00601, 0xd5181041, 0xd5033fdf);
        code.putInt(adr(code, 0));
        for (int i = 0; i < 32; i += 2) { // ldp q(i), q(i+1), [x0], 32
            code.putInt(0xacc10000 | (i + 1) << 10 | i);
        }
        // mov x1, 0x8000000; msr fpsr, x1; mov x1, 0x3000000; msr fpcr, x1
        words(code, 0xd2a10001, 0xd51b4421, 0xd2a06001, 0xd51b4401);
        code.putInt(adr(code, 0));
        for (int i = 2; i < 30; i += 2) { // ldp x(i), x(i+1), [x0], 16
            code.putInt(0xa8c10000 | (i + 1) << 10 | i);
        }
        // mov x9, 0x40000000; mov w10, 0x6f64; str w10, [x9]; branch to self
        words(code, 0xd2a80009, 0x528dec8a, 0xb900012a, 0x14000000);
        return withNumbers(code, NUMBERS_BYTES);
    }

    /// adr x(register), numbers
    private static int adr(ByteBuffer code, int register) {
        int distance = NUMBERS_BYTES - code.position();
        return 0x10000000 | (distance >> 2) << 5 | register;
    }

    static byte[] ppc64() {
        ByteBuffer code = image().position(PPC64_CODE);
        // li r4, 1; sldi r4, r4, 63; oris r4, r4, VEC | VSX; ori r4, r4, FP; mtmsrd r4
        words(code, 0x38800001, 0x7884f806, 0x64840280, 0x60842000, 0x7c800164);
        code.putInt(0x38a00000 | PPC64_NUMBERS); // li r5, numbers
        for (int i = 0; i < 64; i++) { // lxvd2x vs(i), 0, r5; addi r5, r5, 16
            words(code, 0x7c002e98 | (i & 31) << 21 | i >> 5, 0x38a50010);
        }
        code.putInt(0x38c00000 | PPC64_NUMBERS); // li r6, numbers
        // lis r8, 0xdead; mtcr r8; mtxer r8; mtctr r5; mtlr r6
        words(code, 0x3d00dead, 0x7d0ff120, 0x7d0103a6, 0x7ca903a6, 0x7cc803a6);
        for (int i = 9; i < 32; i++) { // ld r(i), 8 * i(r6)
            code.putInt(0xe8060000 | i << 21 | 8 * i);
        }
        // li r3, 0x6f64; stw r3, 0xc00(0); branch to self
        words(code, 0x38606f64, 0x90600c00, 0x48000000);
        return withNumbers(code, PPC64_NUMBERS);
    }

    static byte[] s390x() {
        ByteBuffer code = image();
        // larl r1, control; lctlg c0, c0, 0(r1): floating point and vectors on
        code.put(hex("c01000000100 eb001000002f"));
        code.put(hex("c010000001fa")); // larl r1, numbers
        // vlm v0, v15, 0(r1); aghi r1, 256; vlm v16, v31, 0(r1); lam a2, a15, 16(r1)
        code.put(hex("e70f10000036 a71b0100 e70f10000c36 9a2f1010"));
        // larl r2, control + 8; lfpc 0(r2); sckc 8(r2)
        code.put(hex("c020000000f1 b29d2000 b2062008"));
        // lmg r3, r13, 0(r1); mvhi 0x800, 0x6f64; jump to self
        code.put(hex("eb3d10000004 e54c08006f64 a7f40000"));
        code.position(512).put(hex("00000000000604e0 00800100 00000000 1122334455667788"));
        return withNumbers(code, NUMBERS_BYTES);
    }

    static byte[] riscv() {
        ByteBuffer code = image().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i < 32; i++) { // lui x(i), 0x12000 + i; addi x(i), x(i), i
            words(code, (0x12000 + i) << 12 | i << 7 | 0x37, i << 20 | i << 15 | i << 7 | 0x13);
        }
        // lui x30, 7; addi x30, x30, -0x9c
        words(code, 0x00007f37, 0xf64f0f13);
        int distance = (int) (RISCV_MARK & 0xfff) - code.position();
        // auipc x31, 0; sw x30, distance(x31); jump to self
        words(
                code,
                0x00000f97,
                0x01efa023 | distance >> 5 << 25 | (distance & 0x1f) << 7,
                0x0000006f);
        return bytes(code);
    }

    static byte[] arm() {
        ByteBuffer code = image().order(ByteOrder.LITTLE_ENDIAN);
        // mov r0, 0xf00000; mcr p15, 0, r0, c1, c0, 2; mov r0, 0x40000000; vmsr fpexc, r0
        words(code, 0xe3a0060f, 0xee010f50, 0xe3a00101, 0xeee80a10);
        for (int i = 0; i < 15; i++) { // mov r(i), 0x10 + i
            code.putInt(0xe3a00010 | i << 12 | i);
        }
        for (int i = 0; i < 32; i++) { // vmov d(i), r(i % 12), r(i % 12 + 1)
            code.putInt(0xec400b10 | (i % 12 + 1) << 16 | i % 12 << 12 | i >> 4 << 5 | (i & 15));
        }
        // mov r0, 0xc00000; vmsr fpscr, r0
        words(code, 0xe3a00503, 0xeee10a10);
        // mov r11, 0x40000000; add r11, r11, 0x100000; movw r12, 0x6f64; str r12, [r11]; b to self
        words(code, 0xe3a0b101, 0xe28bb601, 0xe306cf64, 0xe58bc000, 0xeafffffe);
        return bytes(code);
    }

    private static ByteBuffer image() {
        return ByteBuffer.allocate(2 * NUMBERS_BYTES);
    }

    private static byte[] withNumbers(ByteBuffer code, int at) {
        byte[] numbers = new byte[NUMBERS_BYTES];
        new Random(5).nextBytes(numbers);
        return bytes(code.put(at, numbers));
    }

    private static byte[] bytes(ByteBuffer code) {
        byte[] image = new byte[code.capacity()];
        code.get(0, image);
        return image;
    }

    private static void words(ByteBuffer code, int... instructions) {
        for (int instruction : instructions) {
            code.putInt(instruction);
        }
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }
}
