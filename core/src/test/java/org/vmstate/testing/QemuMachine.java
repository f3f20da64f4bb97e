// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;

/// The configuration that source and destination of a migration share: a QEMU, the machine's
/// arguments, its firmware.
///
/// Tests are skipped if the QEMU is missing.
public final class QemuMachine {
    private static final String PC = "-M pc -accel tcg -m 8 -nodefaults -vga none -net none";

    private final String program;
    private final String arguments;
    private final byte[] firmware;

    private QemuMachine(String program, String arguments, byte[] firmware) {
        this.program = program;
        this.arguments = arguments;
        this.firmware = firmware;
    }

    /// A small pseries machine whose guest never fetches an event, so that all remain pending.
    public static QemuMachine pseries() {
        return new QemuMachine(
                "qemu-system-ppc64",
                "-M pseries -m 256 -nodefaults"
                        + " -global spapr-pci-host-bridge.dma_win_size=0x100000",
                Firmware.pseries());
    }

    /// An Arduino Uno that counts.
    public static QemuMachine arduinoUno() {
        return new QemuMachine("qemu-system-avr", "-M uno -nic none", Firmware.arduinoUno());
    }

    /// A micro:bit, which ignores its firmware: it needs [#with] a loader for its flash memory.
    public static QemuMachine microbit() {
        return new QemuMachine("qemu-system-arm", "-M microbit -nic none", new byte[1]);
    }

    /// A small PC with 8 MiB whose guest fills `bytes` bytes from 1 MiB on.
    public static QemuMachine pc(int fill) {
        return new QemuMachine("qemu-system-x86_64", PC, Firmware.pcThatFills(fill));
    }

    /// The same PC in long mode.
    public static QemuMachine pcInLongMode() {
        return new QemuMachine("qemu-system-x86_64", PC, Firmware.pcInLongMode());
    }

    /// An aarch64 machine with 16 MiB whose CPU has a number in every vector register.
    public static QemuMachine aarch64() {
        return new QemuMachine(
                "qemu-system-aarch64",
                "-M virt -cpu max -m 16 -nodefaults",
                VectorFirmware.aarch64());
    }

    /// A pseries machine whose CPU has a number in every vector register.
    public static QemuMachine ppc64() {
        return new QemuMachine(
                "qemu-system-ppc64", "-M pseries -m 256 -nodefaults", VectorFirmware.ppc64());
    }

    /// A riscv64 machine whose CPU has a number in every register.
    public static QemuMachine riscv64() {
        return new QemuMachine(
                "qemu-system-riscv64", "-M virt -m 16 -nodefaults", VectorFirmware.riscv());
    }

    /// A 32-bit ARM machine whose CPU has a number in every register.
    public static QemuMachine arm() {
        return new QemuMachine(
                "qemu-system-arm",
                "-M virt -cpu cortex-a15 -m 16 -nodefaults",
                VectorFirmware.arm());
    }

    /// An s390x machine with 16 MiB whose CPU has a number in every vector register.
    public static QemuMachine s390x() {
        return new QemuMachine(
                "qemu-system-s390x",
                "-M s390-ccw-virtio -cpu max -m 16 -nodefaults",
                VectorFirmware.s390x());
    }

    /// A machine with `mib` MiB of RAM, in the block `ram`, and nothing else.
    public static QemuMachine bare(int mebibytes) {
        return new QemuMachine(
                "qemu-system-x86_64", "-M none -nodefaults -m " + mebibytes, new byte[1]);
    }

    /// The same machine with further arguments, separated by spaces.
    public QemuMachine with(String more) {
        return new QemuMachine(program, arguments + " " + more, firmware);
    }

    /// Starts the machine.
    public Qemu start() throws IOException {
        return run("");
    }

    /// Starts the machine so that it waits for a stream: see [Qemu#load].
    public Qemu startIncoming() throws IOException {
        return run(" -incoming defer");
    }

    private Qemu run(String more) throws IOException {
        return Qemu.start(Tools.require(program), firmware, (arguments + more).split(" "));
    }
}
