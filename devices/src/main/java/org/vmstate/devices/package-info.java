// SPDX-License-Identifier: Apache-2.0
/// The states of QEMU's own devices: classes whose objects load the sections that QEMU wrote and
/// save the same bytes and description text.
///
/// This package has the devices of every machine; the others are in a package per family.
///
/// # Use
///
/// A class has public fields for the values of the device, in QEMU's order, and a description:
/// `VMSTATE` if it is the same in all releases that the class was checked against, otherwise
/// `vmstate(QemuRelease)`.
///
/// ```java
/// // One device of a stream
/// SpaprMachine spapr = SpaprMachine.VMSTATE.load(section, SpaprMachine::new, limits);
/// spapr.pendingEvents.forEach(event -> System.out.println(event.summary));
///
/// // A machine of one's own that has it
/// Machine.builder("acme-board-1")
///         .device("timer", CpuTimers.VMSTATE, new CpuTimers())
///         .device("uart", Nrf51Uart.VMSTATE, uart);
///
/// // A machine of QEMU's
/// Microbit microbit = new Microbit(QemuRelease.V11_1, arena);
/// microbit.machine().load(file);
/// microbit.cpu.regs[0]++;
/// microbit.machine().save(file);
/// ```
///
/// # Numbers
///
/// An unsigned number has the signed Java type of its width, which holds its bits: a u32 is an
/// `int`, read with `Integer.toUnsignedString` and the like. The comment of a field states `u32` or
/// `u64` where that matters. A time is in nanoseconds of QEMU's virtual clock, and the deadline of
/// a timer that is not armed is -1.
///
/// # Add a device
///
/// 1. Take names, types and order of the fields from the description in a real stream (`vmstate
///    show FILE DEVICE --json`) and the versions and subsections that the stream does not have from
///    `qemu-system-… -dump-vmstate FILE`. QEMU's sources are GPL: use facts, do not translate code.
/// 2. Write a class like those here: a sentence on what the device is, units of its values, the
///    releases whose streams it was checked against, the QEMU symbol.
/// 3. Where releases differ in bytes or text, give the class `vmstate(QemuRelease)`.
/// 4. Add it to `RealDevicesTest`, which loads it from every stream of the corpus and compares the
///    bytes and the text that it saves.
@NullMarked
package org.vmstate.devices;

import org.jspecify.annotations.NullMarked;
