// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.testing.VectorFirmware;

/// A machine whose core is compared: how to run it, and what to compare.
///
/// @param name its name in reports
/// @param machine the machine to run
/// @param mark the address at which the guest writes that it is done
/// @param done the value that it writes there
/// @param threadAsHere whether QEMU 7.2 writes the CPU's number in the byte order of the core
/// @param registers gdb's names of registers, with the text before their digits in the monitor's
///   output
record Guest(
        String name,
        QemuMachine machine,
        long mark,
        ByteBuffer done,
        boolean threadAsHere,
        List<String> registers) {
    static List<Guest> all() {
        return List.of(
                new Guest(
                        "x86-64",
                        QemuMachine.pcInLongMode(),
                        0x8000,
                        ByteBuffer.wrap("done".getBytes(US_ASCII)),
                        true,
                        List.of("rip RIP=", "rax RAX=", "r15 R15=", "rsp RSP=")),
                new Guest(
                        "aarch64",
                        QemuMachine.aarch64(),
                        VectorFirmware.AARCH64_MARK,
                        ByteBuffer.wrap(VectorFirmware.done(ByteOrder.LITTLE_ENDIAN)),
                        true,
                        List.of("pc PC=", "x2 X02=", "x29 X29=", "v31.d.u[1] Q31=")),
                new Guest(
                        "ppc64",
                        QemuMachine.ppc64(),
                        VectorFirmware.PPC64_MARK,
                        ByteBuffer.wrap(VectorFirmware.done(ByteOrder.BIG_ENDIAN)),
                        false,
                        List.of("pc NIP ", "lr LR ", "ctr CTR ", "msr MSR ")),
                new Guest(
                        "s390x",
                        QemuMachine.s390x(),
                        VectorFirmware.S390X_MARK,
                        ByteBuffer.wrap(VectorFirmware.done(ByteOrder.BIG_ENDIAN)),
                        false,
                        List.of("pc addr ", "r3 R03=", "r13 R13=")),
                new Guest(
                        "riscv64",
                        QemuMachine.riscv64(),
                        VectorFirmware.RISCV_MARK,
                        ByteBuffer.wrap(VectorFirmware.done(ByteOrder.LITTLE_ENDIAN)),
                        true,
                        List.of("pc pc", "x5 x5/t0", "x29 x29/t4")),
                new Guest(
                        "arm",
                        QemuMachine.arm(),
                        VectorFirmware.ARM_MARK,
                        ByteBuffer.wrap(VectorFirmware.done(ByteOrder.LITTLE_ENDIAN)),
                        true,
                        List.of("pc R15=", "r5 R05=", "sp R13=")));
    }

    /// Waits until the guest has written its mark.
    void await(Qemu qemu) throws IOException {
        byte[] bytes = new byte[done.capacity()];
        done.get(0, bytes);
        qemu.awaitMemory(mark, bytes);
    }

    @Override
    public String toString() {
        return name;
    }
}
