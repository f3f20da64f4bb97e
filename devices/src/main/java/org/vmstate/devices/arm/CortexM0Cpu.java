// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.arm;

import static org.vmstate.VMStateFields.int32;
import static org.vmstate.VMStateFields.int32Le;
import static org.vmstate.VMStateFields.timer;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.unused;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.internal.NumberInfo;
import org.vmstate.wire.RefusedException;

/// The section `cpu` of an ARM machine with a Cortex-M0: version 22 of the description of all ARM
/// processors, with the subsections of a processor that has the M profile and nothing else.
///
/// The registers of other profiles are part of the section, with the values that QEMU keeps in
/// them. Subsections of other processors (`cpu/vfp`, `cpu/pmsav7`, `cpu/m-security`, …) are
/// refused. A Cortex-M0 has no coprocessor registers, so that their lists are empty; a stream that
/// has some is refused.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1, which differ in names and in one value:
/// see [#features]. QEMU: `vmstate_arm_cpu`.
public final class CortexM0Cpu {
    private static final int MAX_CSSELR = 15;

    /// The registers R0 to R15; R13 is the stack pointer in use. u32 each.
    public final int[] regs = new int[16];

    /// The registers of AArch64; u64 each.
    public final long[] xregs = new long[32];

    /// The program counter of AArch64; u64.
    public long pc;

    /// The program status register: XPSR with the M profile; u32.
    public int cpsr;

    /// The saved program status; u32.
    public int spsr;

    /// The banked saved program status of other modes; u64 each.
    public final long[] bankedSpsr = new long[8];

    /// The banked stack pointers of other modes; u32 each.
    public final int[] bankedR13 = new int[8];

    /// The banked link registers of other modes; u32 each.
    public final int[] bankedR14 = new int[8];

    /// The registers R8 to R12 of user mode, while another bank is in use; u32 each.
    public final int[] usrRegs = new int[5];

    /// The registers R8 to R12 of FIQ mode, while another bank is in use; u32 each.
    public final int[] fiqRegs = new int[5];

    /// The exception link registers of AArch64; u64 each.
    public final long[] elrEl = new long[4];

    /// The stack pointers of AArch64; u64 each.
    public final long[] spEl = new long[4];

    /// The number of coprocessor registers: 0.
    private int cpregVmstateArrayLen;

    /// The address of the exclusive monitor; u64.
    public long exclusiveAddr;

    /// The value of the exclusive monitor; u64.
    public long exclusiveVal;

    /// The upper half of the value of the exclusive monitor; u64.
    public long exclusiveHigh;

    /// The features of the processor, a bit each; u64. Sent by QEMU 5.2; later releases send zeros.
    public long features;

    /// The syndrome of the exception that is being taken; u32.
    public int syndrome;

    /// The fault status of the exception that is being taken; u32.
    public int fsr;

    /// The fault address of the exception that is being taken; u64.
    public long vaddress;

    /// The deadline of the physical generic timer in nanoseconds, -1 if it is not armed.
    public long physicalTimer = -1;

    /// The deadline of the virtual generic timer in nanoseconds, -1 if it is not armed.
    public long virtualTimer = -1;

    /// Whether the processor is switched off.
    public boolean poweredOff;

    /// The vector table's address, VTOR; u32.
    public int vecbase;

    /// The register BASEPRI; u32.
    public int basepri;

    /// The register CONTROL; u32.
    public int control;

    /// The register CCR; u32.
    public int ccr;

    /// The register CFSR; u32.
    public int cfsr;

    /// The register HFSR; u32.
    public int hfsr;

    /// The register DFSR; u32.
    public int dfsr;

    /// The register MMFAR; u32.
    public int mmfar;

    /// The register BFAR; u32.
    public int bfar;

    /// The register MPU_CTRL; u32.
    public int mpuCtrl;

    /// The number of the exception that is being handled, 0 if none.
    public int exception;

    /// The register FAULTMASK; u32.
    public int faultmask;

    /// The register PRIMASK; u32.
    public int primask;

    /// The register CSSELR, nonsecure and secure; u32 each, at most 15.
    public final int[] csselr = new int[2];

    /// The register SCR; u32.
    public int scr;

    /// The stack pointer that is not in use, process or main; u32.
    public int otherSp;

    /// The register MPU_RNR; u32.
    public int rnr;

    /// The levels of the processor's interrupt lines, a bit each; u32.
    public int irqLineState;

    /// Creates a device whose values are all zero.
    public CortexM0Cpu() {}

    private static final VMStateDescription<CortexM0Cpu> FAULTMASK_PRIMASK =
            builder("cpu/m/faultmask-primask")
                    .fields(
                            uint32("env.v7m.faultmask[M_REG_NS]").named("faultmask"),
                            uint32("env.v7m.primask[M_REG_NS]").named("primask"))
                    .build();

    private static final VMStateDescription<CortexM0Cpu> CSSELR =
            builder("cpu/m/csselr")
                    .fields(uint32("env.v7m.csselr").named("csselr").array(2))
                    .postLoad((cpu, version) -> cpu.checkCsselr())
                    .build();

    private static final VMStateDescription<CortexM0Cpu> SCR =
            builder("cpu/m/scr").fields(uint32("env.v7m.scr[M_REG_NS]").named("scr")).build();

    private static final VMStateDescription<CortexM0Cpu> OTHER_SP =
            builder("cpu/m/other-sp").fields(uint32("env.v7m.other_sp").named("otherSp")).build();

    private static final VMStateDescription<CortexM0Cpu> M =
            builder("cpu/m")
                    .versionId(4)
                    .fields(
                            uint32("env.v7m.vecbase[M_REG_NS]").named("vecbase"),
                            uint32("env.v7m.basepri[M_REG_NS]").named("basepri"),
                            uint32("env.v7m.control[M_REG_NS]").named("control"),
                            uint32("env.v7m.ccr[M_REG_NS]").named("ccr"),
                            uint32("env.v7m.cfsr[M_REG_NS]").named("cfsr"),
                            uint32("env.v7m.hfsr").named("hfsr"),
                            uint32("env.v7m.dfsr").named("dfsr"),
                            uint32("env.v7m.mmfar[M_REG_NS]").named("mmfar"),
                            uint32("env.v7m.bfar").named("bfar"),
                            uint32("env.v7m.mpu_ctrl[M_REG_NS]").named("mpuCtrl"),
                            int32("env.v7m.exception").named("exception"))
                    .subsections(FAULTMASK_PRIMASK, CSSELR, SCR, OTHER_SP)
                    .build();

    private static final VMStateDescription<CortexM0Cpu> PMSAV7_RNR =
            builder("cpu/pmsav7-rnr")
                    .fields(uint32("env.pmsav7.rnr[M_REG_NS]").named("rnr"))
                    .build();

    private static final VMStateDescription<CortexM0Cpu> IRQ_LINE_STATE =
            builder("cpu/irq-line-state")
                    .fields(uint32("env.irq_line_state").named("irqLineState"))
                    .build();

    private static final VMStateDescription<CortexM0Cpu> V5_2 =
            declare(
                    int32Le("cpreg_vmstate_array_len"),
                    uint64("env.features").named("features"),
                    "0",
                    "1");
    private static final VMStateDescription<CortexM0Cpu> V7_2 =
            declare(int32Le("cpreg_vmstate_array_len"), unused(8), "0", "1");
    private static final VMStateDescription<CortexM0Cpu> V10_0 =
            declare(int32Le("cpreg_vmstate_array_len"), unused(8), "GTIMER_PHYS", "GTIMER_VIRT");
    private static final VMStateDescription<CortexM0Cpu> V11_1 =
            declare(int32("cpreg_vmstate_array_len"), unused(8), "GTIMER_PHYS", "GTIMER_VIRT");

    /// Returns the description of the section in a release.
    public static VMStateDescription<CortexM0Cpu> vmstate(QemuRelease release) {
        return switch (release) {
            case V5_2 -> V5_2;
            case V7_2 -> V7_2;
            case V10_0 -> V10_0;
            case V11_1 -> V11_1;
        };
    }

    private static VMStateDescription<CortexM0Cpu> declare(
            VMStateField<Object> registers,
            VMStateField<Object> features,
            String physical,
            String virtual) {
        return builder("cpu")
                .versionId(22)
                .fields(
                        uint32("env.regs").named("regs").array(16),
                        uint64("env.xregs").named("xregs").array(32),
                        uint64("env.pc").named("pc"),
                        NumberInfo.u32(
                                "cpsr", "cpsr", (CortexM0Cpu c) -> c.cpsr, (c, v) -> c.cpsr = v),
                        uint32("env.spsr").named("spsr"),
                        uint64("env.banked_spsr").named("bankedSpsr").array(8),
                        uint32("env.banked_r13").named("bankedR13").array(8),
                        uint32("env.banked_r14").named("bankedR14").array(8),
                        uint32("env.usr_regs").named("usrRegs").array(5),
                        uint32("env.fiq_regs").named("fiqRegs").array(5),
                        uint64("env.elr_el").named("elrEl").array(4),
                        uint64("env.sp_el").named("spEl").array(4),
                        registers,
                        uint64("env.exclusive_addr").named("exclusiveAddr"),
                        uint64("env.exclusive_val").named("exclusiveVal"),
                        uint64("env.exclusive_high").named("exclusiveHigh"),
                        features,
                        uint32("env.exception.syndrome").named("syndrome"),
                        uint32("env.exception.fsr").named("fsr"),
                        uint64("env.exception.vaddress").named("vaddress"),
                        timer("gt_timer[" + physical + "]").named("physicalTimer"),
                        timer("gt_timer[" + virtual + "]").named("virtualTimer"),
                        NumberInfo.u8(
                                "power_state",
                                "powered_off",
                                (CortexM0Cpu c) -> c.poweredOff ? 1 : 0,
                                (c, v) -> c.poweredOff = v != 0))
                .subsections(M, PMSAV7_RNR, IRQ_LINE_STATE)
                .postLoad((cpu, version) -> cpu.checkCoprocessor())
                .build();
    }

    private static VMStateDescriptionBuilder<CortexM0Cpu> builder(String name) {
        return VMStateDescription.builder(name, CortexM0Cpu.class, MethodHandles.lookup());
    }

    private void checkCoprocessor() throws RefusedException {
        if (cpregVmstateArrayLen != 0) {
            throw new RefusedException(
                    cpregVmstateArrayLen + " coprocessor registers; a Cortex-M0 has none");
        }
    }

    private void checkCsselr() throws RefusedException {
        for (int value : csselr) {
            if (Integer.compareUnsigned(value, MAX_CSSELR) > 0) {
                throw new RefusedException("CSSELR is " + Integer.toUnsignedString(value));
            }
        }
    }
}
