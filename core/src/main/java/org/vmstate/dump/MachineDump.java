// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.vmstate.savevm.Device;
import org.vmstate.savevm.SavedMachine;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.wire.UnsupportedException;

/// What of a saved machine goes into a core beside its memory.
public final class MachineDump {
    private static final String CPU = "cpu";
    private static final String VMCOREINFO = "vmcoreinfo";

    private MachineDump() {}

    /// The CPUs whose state is known, in the order of their numbers.
    ///
    /// @throws UnsupportedException if one is of 32 bits
    public static List<CpuState> cpus(SavedMachine machine) throws UnsupportedException {
        List<Device.Whole> sections = new ArrayList<>();
        for (Device device : machine.devices()) {
            if (device instanceof Device.Whole whole && whole.identity().idString().equals(CPU)) {
                sections.add(whole);
            }
        }
        sections.sort(Comparator.comparingLong(d -> d.identity().instanceId()));
        List<CpuState> cpus = new ArrayList<>();
        for (Device.Whole section : sections) {
            Optional<StructNode> root = root(machine, section);
            if (root.isPresent()) {
                CpuState.of(section.identity().instanceId(), root.get()).ifPresent(cpus::add);
            }
        }
        return cpus;
    }

    /// Where the `vmcoreinfo` device says that the guest's note is.
    public static Optional<ElfCore.VmcoreInfoPlace> vmcoreInfo(SavedMachine machine) {
        for (Device device : machine.devices()) {
            if (device instanceof Device.Whole whole
                    && whole.identity().idString().endsWith(VMCOREINFO)) {
                Optional<StructNode> root = root(machine, whole);
                if (root.isPresent()) {
                    long address = value(root.get(), ".vmcoreinfo.paddr");
                    long size = value(root.get(), ".vmcoreinfo.size");
                    return size == 0
                            ? Optional.empty()
                            : Optional.of(new ElfCore.VmcoreInfoPlace(address, size));
                }
            }
        }
        return Optional.empty();
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
