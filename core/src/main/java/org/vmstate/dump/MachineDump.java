// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.VirtioMem;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.stream.Section;
import org.vmstate.wire.UnsupportedException;

/// Reads the parts of a core other than memory from a saved machine.
final class MachineDump {
    private static final String CPU = "cpu";
    private static final String VMCOREINFO = "vmcoreinfo";
    private static final String VIRTIO_MEM = "/virtio-mem";

    private static final String CLOCK = "mc146818rtc";

    /// The index in a PC's CMOS of the memory between 16 MiB and 4 GiB in units of 64 KiB, u16
    /// little-endian.
    private static final int CMOS_LOW_MEMORY = 0x34;

    /// The index of the memory above 4 GiB in units of 64 KiB, u24 little-endian.
    private static final int CMOS_HIGH_MEMORY = 0x5b;

    private static final int CMOS_BASE = 16 << 20;
    private static final int CMOS_UNIT = 1 << 16;
    private static final int PCI_CONFIG_BYTES = 256;

    private static final String UNKNOWN_ARCHITECTURE =
            " is a CPU of none of x86, ARM, 64-bit Power, IBM Z, RISC-V and LoongArch";

    private MachineDump() {}

    /// The CPUs, in ascending order of their numbers.
    ///
    /// @throws NoCoreException if there is none, or if the registers of one are unknown
    static List<CpuState> cpus(SavedMachine machine) throws NoCoreException {
        List<Device.Whole> sections = new ArrayList<>();
        for (Device device : machine.devices()) {
            if (device.identity().idString().equals(CPU)) {
                device.whole().ifPresent(sections::add);
            }
        }
        if (sections.isEmpty()) {
            throw refusal(
                    machine,
                    NoCoreException.Reason.UNKNOWN_CPU,
                    "no section " + CPU + " in the stream");
        }
        sections.sort(Comparator.comparingLong(d -> d.section().identity().instanceId()));
        List<CpuState> cpus = new ArrayList<>();
        for (Device.Whole section : sections) {
            String label = section.section().identity().label();
            StructNode root =
                    root(machine, section)
                            .orElseThrow(
                                    () ->
                                            refusal(
                                                    machine,
                                                    NoCoreException.Reason.NO_DESCRIPTION,
                                                    "no description of the section " + label));
            try {
                cpus.add(
                        CpuState.of(section.section().identity().instanceId(), root)
                                .orElseThrow(
                                        () ->
                                                new NoCoreException(
                                                        NoCoreException.Reason.UNKNOWN_CPU,
                                                        label + UNKNOWN_ARCHITECTURE)));
            } catch (UnsupportedException e) {
                throw new NoCoreException(
                        NoCoreException.Reason.UNKNOWN_CPU, label + ": " + e.detail());
            }
            if (cpus.getLast().architecture() != cpus.getFirst().architecture()) {
                throw new NoCoreException(
                        NoCoreException.Reason.UNKNOWN_CPU,
                        "CPUs of several architectures: "
                                + cpus.getFirst().architecture()
                                + " and "
                                + cpus.getLast().architecture());
            }
        }
        return cpus;
    }

    /// The exception with the failure that ended reading of the stream, or else with `message`.
    private static NoCoreException refusal(
            SavedMachine machine, NoCoreException.Reason reason, String message) {
        return machine.failure()
                .map(NoCoreException::new)
                .orElseGet(() -> new NoCoreException(reason, message));
    }

    /// The size of a PC's main memory according to its CMOS.
    ///
    /// @param low the number of bytes below 4 GiB
    /// @param high the number of bytes above 4 GiB
    record PcMemory(long low, long high) {}

    /// The size of a PC's main memory, if its CMOS states it.
    static Optional<PcMemory> pcMemory(SavedMachine machine) {
        return section(machine, name -> name.equals(CLOCK))
                .flatMap(d -> root(machine, d))
                .flatMap(clock -> StatePath.find(clock, ".cmos_data"))
                .map(node -> node.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN))
                .filter(cmos -> cmos.remaining() >= CMOS_HIGH_MEMORY + Integer.BYTES)
                .map(ByteBuffer::slice)
                .map(cmos -> cmos.order(ByteOrder.LITTLE_ENDIAN))
                .filter(cmos -> cmos.getShort(CMOS_LOW_MEMORY) != 0)
                .map(
                        cmos ->
                                new PcMemory(
                                        CMOS_BASE
                                                + Short.toUnsignedLong(
                                                                cmos.getShort(CMOS_LOW_MEMORY))
                                                        * CMOS_UNIT,
                                        (cmos.getInt(CMOS_HIGH_MEMORY) & 0xff_ffffL) * CMOS_UNIT))
                .filter(memory -> memory.low() <= 1L << 32);
    }

    /// The host bridge of a `pc` or `q35`, if the stream contains one.
    static Optional<PcHostBridge> bridge(SavedMachine machine) {
        Optional<PcHostBridge> old = bridge(machine, "/I440FX", PcHostBridge::i440fx);
        return old.isPresent() ? old : bridge(machine, "/mch", PcHostBridge::q35);
    }

    private static Optional<PcHostBridge> bridge(
            SavedMachine machine, String suffix, Function<ByteBuffer, PcHostBridge> kind) {
        return section(machine, name -> name.endsWith(suffix))
                .flatMap(d -> root(machine, d))
                .flatMap(root -> StatePath.find(root, ".parent_obj.config[0]"))
                .map(node -> node.bytes().asByteBuffer())
                .filter(config -> config.remaining() >= PCI_CONFIG_BYTES)
                .map(ByteBuffer::slice)
                .map(kind);
    }

    /// The virtio-mem devices whose state contains the address of their memory.
    static List<VirtioMem> virtioMem(SavedMachine machine) {
        List<Section.Full> sections =
                machine.devices().stream()
                        .flatMap(device -> device.whole().stream())
                        .map(Device.Whole::section)
                        .toList();
        List<VirtioMem> devices = new ArrayList<>(VirtioMem.of(sections, machine.ramBlocks()));
        Map<String, List<RamBlock>> blocksByPath = VirtioMem.byPath(machine.ramBlocks());
        devices.forEach(device -> blocksByPath.remove(VirtioMem.path(device.block().name())));
        for (Device device : machine.devices()) {
            String name = device.identity().idString();
            if (name.endsWith(VIRTIO_MEM) && device.whole().isPresent()) {
                // Removed, because a path belongs to one device.
                List<RamBlock> blocks = blocksByPath.remove(VirtioMem.path(name));
                if (blocks != null) {
                    root(machine, device.whole().get())
                            .flatMap(root -> StatePath.find(root, ".virtio.rest"))
                            .flatMap(
                                    rest ->
                                            VirtioMem.ofOldState(
                                                    rest.bytes(), rest.offset(), blocks))
                            .ifPresent(devices::add);
                }
            }
        }
        return devices;
    }

    /// The location of the guest's note according to the `vmcoreinfo` device.
    static Optional<ElfCore.VmcoreInfoPlace> vmcoreInfo(SavedMachine machine) {
        return section(machine, name -> name.endsWith(VMCOREINFO))
                .flatMap(d -> root(machine, d))
                .map(
                        root ->
                                new ElfCore.VmcoreInfoPlace(
                                        value(root, ".vmcoreinfo.paddr"),
                                        value(root, ".vmcoreinfo.size")))
                .filter(place -> place.size() != 0);
    }

    private static Optional<Device.Whole> section(SavedMachine machine, Predicate<String> name) {
        return machine.devices().stream()
                .filter(d -> name.test(d.identity().idString()))
                .flatMap(d -> d.whole().stream())
                .findFirst();
    }

    private static Optional<StructNode> root(SavedMachine machine, Device.Whole section) {
        return machine.decode(section).map(DecodedSection::root);
    }

    private static long value(StructNode root, String path) {
        return StatePath.find(root, path)
                .filter(IntegerNode.class::isInstance)
                .map(n -> ((IntegerNode) n).bits())
                .orElse(0L);
    }
}
