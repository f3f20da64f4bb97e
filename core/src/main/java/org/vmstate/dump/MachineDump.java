// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.wire.UnsupportedException;

/// What of a saved machine goes into a core beside its memory.
final class MachineDump {
    private static final String CPU = "cpu";
    private static final String VMCOREINFO = "vmcoreinfo";

    private static final String CLOCK = "mc146818rtc";

    /// Where a PC's CMOS says how many times 64 KiB there are above 16 MiB and below 4 GiB, little
    /// end first.
    private static final int CMOS_MEMORY = 0x34;

    private static final int CMOS_BASE = 16 << 20;
    private static final int CMOS_UNIT = 1 << 16;

    private MachineDump() {}

    /// The CPUs whose state is known, in the order of their numbers.
    ///
    /// @throws UnsupportedException if one is of 32 bits
    static List<CpuState> cpus(SavedMachine machine) throws UnsupportedException {
        List<Device.Whole> sections = new ArrayList<>();
        for (Device device : machine.devices()) {
            if (device.identity().idString().equals(CPU)) {
                device.whole().ifPresent(sections::add);
            }
        }
        sections.sort(Comparator.comparingLong(d -> d.section().identity().instanceId()));
        List<CpuState> cpus = new ArrayList<>();
        for (Device.Whole section : sections) {
            Optional<StructNode> root = root(machine, section);
            if (root.isPresent()) {
                CpuState.of(section.section().identity().instanceId(), root.get())
                        .ifPresent(cpus::add);
            }
        }
        return cpus;
    }

    /// How much main memory a PC has below 4 GiB, as its CMOS tells the firmware.
    static OptionalLong lowMemory(SavedMachine machine) {
        Optional<StructNode> clock =
                section(machine, name -> name.equals(CLOCK)).flatMap(d -> root(machine, d));
        if (clock.isEmpty()) {
            return OptionalLong.empty();
        }
        long units =
                StatePath.find(clock.get(), ".cmos_data")
                        .map(n -> n.bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN))
                        .filter(bytes -> bytes.remaining() >= CMOS_MEMORY + Short.BYTES)
                        .map(bytes -> Short.toUnsignedLong(bytes.getShort(CMOS_MEMORY)))
                        .orElse(0L);
        return units == 0 ? OptionalLong.empty() : OptionalLong.of(CMOS_BASE + units * CMOS_UNIT);
    }

    /// Where the `vmcoreinfo` device says that the guest's note is.
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
