// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;

/// Compares the values of a device that a destination compares with its own: numbers that must be
/// equal, lists of registers, CPU models, sizes of virtqueues, the configuration space of PCI
/// devices.
final class ValueCheck {
    private static final String REGISTERS = "cpreg_vmstate_indexes";

    /// The number of registers in the list, of which a destination has room for its own.
    private static final String REGISTER_COUNT = "cpreg_vmstate_array_len";

    private static final String SPECIAL_REGISTERS = "env.spr";
    private static final String COMPATIBILITY = "cpu/compat";
    private static final int PVR = 287;
    private static final int POWER9 = 0x4e;
    private static final int POWER10 = 0x80;
    private static final int POWER11 = 0x82;
    private static final int REVISION = 0xf0f;

    /// The first version that certainly compares revisions of processors.
    private static final QemuVersion REVISIONS_SINCE = new QemuVersion(7, 2);

    /// The first version that refuses a virtqueue that is larger than its own.
    private static final QemuVersion QUEUES_SINCE = new QemuVersion(11, 1);

    /// The last version that does not.
    private static final QemuVersion QUEUES_UNTIL = new QemuVersion(10, 1);

    private static final int MAX_CHILDREN = 4096;

    private final SavedMachine source;
    private final SavedMachine reference;
    private final VersionBounds version;
    private final MigrationCheck.Reasons reasons;

    ValueCheck(
            SavedMachine source,
            SavedMachine reference,
            VersionBounds version,
            MigrationCheck.Reasons reasons) {
        this.source = source;
        this.reference = reference;
        this.version = version;
        this.reasons = reasons;
    }

    void check(Device.Whole device, Device.Whole other) {
        Optional<DecodedSection> mine = source.decode(device);
        Optional<DecodedSection> theirs = reference.decode(other);
        if (mine.isEmpty() || theirs.isEmpty()) {
            return;
        }
        Map<String, StateNode> local = new HashMap<>();
        visit(theirs.get().root(), "", local);
        Map<String, StateNode> sent = new LinkedHashMap<>();
        visit(mine.get().root(), "", sent);
        boolean compatible =
                mine.get().root().subsections().stream()
                        .anyMatch(s -> s.vmsdName().equals(COMPATIBILITY));
        String label = device.section().identity().label();
        Set<String> queues = new HashSet<>();
        for (Map.Entry<String, StateNode> entry : sent.entrySet()) {
            StateNode own = local.get(entry.getKey());
            if (own != null) {
                compare(device, label + entry.getKey(), entry.getValue(), own, compatible, queues);
            }
        }
    }

    /// Collects the values of a section that may be compared, by their paths.
    private static void visit(StateNode node, String path, Map<String, StateNode> found) {
        if (interesting(node)) {
            found.put(path, node);
            if (!(node instanceof CompositeNode) || node.type().equals("pci config")) {
                return;
            }
        }
        if (node instanceof ArrayNode array
                && (array.size() > MAX_CHILDREN
                        || array.size() == 0
                        || array.elements().getFirst().children().isEmpty())) {
            return;
        }
        int index = 0;
        for (StateNode child : node.children()) {
            String step =
                    child.name().isEmpty()
                            ? "[" + index + "]"
                            : (child instanceof org.vmstate.state.SubsectionNode ? "/" : ".")
                                    + child.name();
            visit(child, path + step, found);
            index++;
        }
    }

    private static boolean interesting(StateNode node) {
        return switch (node) {
            case IntegerNode _ ->
                    node.type().endsWith(" equal")
                            || node.type().equals("int32 le")
                            || node.name().equals("vring.num");
            case ArrayNode _ ->
                    node.name().equals(REGISTERS) || node.name().equals(SPECIAL_REGISTERS);
            case CompositeNode _ -> node.type().equals("pci config");
            default -> false;
        };
    }

    private void compare(
            Device.Whole device,
            String path,
            StateNode mine,
            StateNode theirs,
            boolean compatible,
            Set<String> queues) {
        if (mine instanceof IntegerNode a && theirs instanceof IntegerNode b) {
            if (mine.name().equals("vring.num")) {
                queue(path, a, b, queues);
            } else if (mine.type().equals("int32 le")) {
                atMost(path, a, b);
            } else {
                equal(path, a, b);
            }
        } else if (mine instanceof ArrayNode a && theirs instanceof ArrayNode b) {
            if (mine.name().equals(REGISTERS)) {
                registers(device, path, a, b);
            } else {
                model(device, path, a, b, compatible);
            }
        } else if (mine instanceof CompositeNode a && theirs instanceof CompositeNode b) {
            PciConfiguration.compare(device, path, a, b, reasons);
        }
    }

    private void equal(String path, IntegerNode mine, IntegerNode theirs) {
        if (mine.bits() != theirs.bits()) {
            String line = "%x != %x".formatted(theirs.bits(), mine.bits());
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.VALUE,
                                    path,
                                    "the value is %s, but must be the destination's %s"
                                            .formatted(mine.exact(), theirs.exact()))
                            .words(line)
                            .remedy(
                                    "Give the device of the destination the property that this"
                                            + " value stands for, or change the value.")
                            .at(mine.offset()));
        }
    }

    private void atMost(String path, IntegerNode mine, IntegerNode theirs) {
        if (mine.value() < 0 || mine.value() > theirs.value()) {
            boolean registers = mine.name().equals(REGISTER_COUNT);
            reasons.add(
                    Reason.refuses(
                                    registers ? Reason.Kind.CPU_REGISTERS : Reason.Kind.VALUE,
                                    path,
                                    "the value is %d, but must be 0 to %d"
                                            .formatted(mine.value(), theirs.value()))
                            .words(
                                    "Invalid value %d expecting positive value <= %d"
                                            .formatted(mine.value(), theirs.value()))
                            .remedy(
                                    registers
                                            ? "Use a QEMU whose model of the CPU has as many system"
                                                    + " registers."
                                            : "Give the device of the destination the size that"
                                                    + " the source had.")
                            .at(mine.offset()));
        }
    }

    private void queue(String path, IntegerNode mine, IntegerNode theirs, Set<String> seen) {
        long sent = mine.bits();
        long allocated = theirs.bits();
        String owner = path.substring(0, path.lastIndexOf("[") + 1);
        if (sent <= allocated
                || allocated == 0
                || version.isBelow(QUEUES_UNTIL)
                || !seen.add(owner)) {
            return;
        }
        String detail = "%d entries, in the destination %d".formatted(sent, allocated);
        String index = path.substring(path.lastIndexOf('[') + 1, path.lastIndexOf(']'));
        String remedy =
                "Give the device of the destination the queue size of the source (queue-size=, or"
                        + " rx_queue_size= and tx_queue_size=).";
        Reason.Builder reason =
                version.isAtLeast(QUEUES_SINCE)
                        ? Reason.refuses(Reason.Kind.VIRTQUEUE_SIZE, path, detail)
                        : Reason.mayRefuse(
                                Reason.Kind.VIRTQUEUE_SIZE,
                                path,
                                detail + "; QEMU 11.1 refuses this, 10.0 does not");
        reasons.add(
                reason.words(
                                "VQ %s vring.num %d exceeds allocated max %d"
                                        .formatted(index, sent, allocated))
                        .remedy(remedy)
                        .at(mine.offset()));
    }

    /// Walks two ascending lists of registers as a destination does: a register that the
    /// destination has in addition is skipped; one that it lacks is an error, unless it comes after
    /// all of its own.
    private void registers(Device.Whole device, String path, ArrayNode sent, ArrayNode local) {
        int i = 0;
        int v = 0;
        StringBuilder unknown = new StringBuilder();
        int count = 0;
        long at = 0;
        while (i < local.size() && v < sent.size()) {
            long mine = bits(sent, v);
            int order = Long.compareUnsigned(mine, bits(local, i));
            if (order > 0) {
                i++;
            } else if (order < 0) {
                if (count++ < MAX_NAMED) {
                    unknown.append(count == 1 ? "" : ", ")
                            .append("0x")
                            .append(Long.toHexString(mine));
                }
                at = at == 0 ? sent.elements().get(v).offset() : at;
                v++;
            } else {
                i++;
                v++;
            }
        }
        if (count > 0) {
            String first = unknown.toString().split(",", 2)[0];
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.CPU_REGISTERS,
                                    path,
                                    "the destination's CPU lacks "
                                            + (count == 1
                                                    ? "the system register "
                                                    : count + " system registers: ")
                                            + unknown
                                            + (count > MAX_NAMED ? ", …" : ""))
                            .words(
                                    "error while loading state for instance 0x%x of device '%s'"
                                            .formatted(
                                                    device.section().identity().instanceId(),
                                                    device.section().identity().idString()),
                                    ("handle_cpreg_only_in_incoming_stream: system register %s in"
                                                    + " the incoming stream but unknown on the"
                                                    + " destination: fail migration")
                                            .formatted(first))
                            .remedy(
                                    "Use the CPU model and the options of the source (features such"
                                            + " as pmu=), or a QEMU whose model has the registers.")
                            .at(at));
        }
    }

    private static final int MAX_NAMED = 4;

    private static long bits(ArrayNode array, int index) {
        return array.elements().get(index) instanceof IntegerNode number ? number.bits() : 0;
    }

    /// Compares the processor version register of a POWER CPU, which a destination accepts only if
    /// its model matches it, unless the CPU runs in a compatibility mode.
    private void model(
            Device.Whole device,
            String path,
            ArrayNode mine,
            ArrayNode theirs,
            boolean compatible) {
        if (mine.size() <= PVR || theirs.size() <= PVR) {
            return;
        }
        long a = bits(mine, PVR);
        long b = bits(theirs, PVR);
        if (a == b) {
            return;
        }
        boolean matches = a >>> 16 == b >>> 16 && (!comparesRevision(a) || sameRevision(a, b));
        boolean certain = a >>> 16 != b >>> 16 || (!matches && version.isAtLeast(REVISIONS_SINCE));
        if (matches) {
            return;
        }
        String detail =
                "the processor version is 0x%08x, in the destination 0x%08x".formatted(a, b);
        Reason.Builder reason =
                certain && !compatible
                        ? Reason.refuses(Reason.Kind.CPU_MODEL, path + "[" + PVR + "]", detail)
                        : Reason.mayRefuse(Reason.Kind.CPU_MODEL, path + "[" + PVR + "]", detail);
        reasons.add(
                reason.words(
                                "error while loading state for instance 0x%x of device 'cpu'"
                                        .formatted(device.section().identity().instanceId()),
                                "post load hook failed for: cpu")
                        .remedy(
                                "Start the destination with the CPU model of the source (-cpu); the"
                                        + " default model depends on the version of QEMU.")
                        .at(mine.elements().get(PVR).offset()));
    }

    /// Whether a destination compares the revision of the processor and not only its family.
    private static boolean comparesRevision(long pvr) {
        int family = (int) (pvr >>> 16);
        return family == POWER9 || family == POWER10 || family == POWER11;
    }

    private static boolean sameRevision(long a, long b) {
        return (a & REVISION) == (b & REVISION);
    }
}
