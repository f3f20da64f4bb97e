// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;

/// What the source and the destination of a migration have in common: a QEMU, the machine's
/// arguments, its firmware.
///
/// Tests are skipped where the QEMU is missing.
public final class QemuMachine {
    private final String program;
    private final String arguments;
    private final byte[] firmware;

    private QemuMachine(String program, String arguments, byte[] firmware) {
        this.program = program;
        this.arguments = arguments;
        this.firmware = firmware;
    }

    /// A small pseries machine whose guest never fetches an event, so that they stay pending.
    public static QemuMachine pseries() {
        return new QemuMachine(
                "qemu-system-ppc64",
                "-M pseries -m 256 -nodefaults"
                        + " -global spapr-pci-host-bridge.dma_win_size=0x100000",
                Firmware.pseries());
    }

    /// A small PC with 8 MiB whose guest fills that many bytes from 1 MiB on.
    public static QemuMachine pc(int fill) {
        return new QemuMachine(
                "qemu-system-x86_64",
                "-M pc -accel tcg -m 8 -nodefaults -vga none -net none",
                Firmware.pcThatFills(fill));
    }

    /// The same with more arguments, separated by spaces.
    public QemuMachine with(String more) {
        return new QemuMachine(program, arguments + " " + more, firmware);
    }

    /// Runs it.
    public Qemu start() throws IOException {
        return run("");
    }

    /// Has it wait for a stream: see [Qemu#load].
    public Qemu startIncoming() throws IOException {
        return run(" -incoming defer");
    }

    private Qemu run(String more) throws IOException {
        return Qemu.start(Tools.require(program), firmware, (arguments + more).split(" "));
    }
}
