// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.avr;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.internal.NumberInfo;

/// The section `cpu` of an AVR machine: the processor's registers.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vms_avr_cpu`.
public final class AvrCpu {
    /// The number of general registers.
    public static final int REGISTERS = 32;

    /// The program counter in words of two bytes.
    public int pcW;

    /// The stack pointer, an address in data space.
    public int sp;

    /// Whether the next instruction is skipped: 0 or 1; u32.
    public int skip;

    /// The general registers, of one byte each.
    public final int[] r = new int[REGISTERS];

    /// The status register: the flags I T H S V N Z C, from bit 7 to bit 0.
    public int sreg;

    /// Bits 16 to 23 of addresses of direct loads and stores.
    public int rampD;

    /// Bits 16 to 23 of addresses in X.
    public int rampX;

    /// Bits 16 to 23 of addresses in Y.
    public int rampY;

    /// Bits 16 to 23 of addresses in Z.
    public int rampZ;

    /// Bits 16 to 23 of targets of indirect jumps and calls.
    public int eind;

    /// Creates a device whose values are all zero.
    public AvrCpu() {}

    private static final VMStateDescription<AvrCpu> V0 = declare(0);
    private static final VMStateDescription<AvrCpu> V1 = declare(1);

    /// Returns the description of the section in a release: version 0 in 5.2, later 1, with the
    /// same bytes.
    public static VMStateDescription<AvrCpu> vmstate(QemuRelease release) {
        return release.atLeast(QemuRelease.V7_2) ? V1 : V0;
    }

    private static VMStateDescription<AvrCpu> declare(int version) {
        return VMStateDescription.builder("cpu", AvrCpu.class, MethodHandles.lookup())
                .versionId(version)
                .fields(
                        uint32("env.pc_w").named("pcW"),
                        uint32("env.sp").named("sp"),
                        uint32("env.skip").named("skip"),
                        uint32("env.r").named("r").array(REGISTERS),
                        NumberInfo.u8("env", "sreg", (AvrCpu c) -> c.sreg, (c, v) -> c.sreg = v),
                        NumberInfo.u8(
                                "env.rampD", "rampD", (AvrCpu c) -> c.rampD, (c, v) -> c.rampD = v),
                        NumberInfo.u8(
                                "env.rampX", "rampX", (AvrCpu c) -> c.rampX, (c, v) -> c.rampX = v),
                        NumberInfo.u8(
                                "env.rampY", "rampY", (AvrCpu c) -> c.rampY, (c, v) -> c.rampY = v),
                        NumberInfo.u8(
                                "env.rampZ", "rampZ", (AvrCpu c) -> c.rampZ, (c, v) -> c.rampZ = v),
                        NumberInfo.u8(
                                "env.eind", "eind", (AvrCpu c) -> c.eind, (c, v) -> c.eind = v))
                .build();
    }
}
