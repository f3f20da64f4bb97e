// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import java.util.Optional;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.Requirements;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamContext;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.stream.Footers;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.VMStateException;

/// An examination of a stream alone: its framing, footers, the sizes of its sections against their
/// description, counts, and whether its memory is complete.
///
/// A stream that passes is one that some QEMU may have written; whether a certain one loads it is
/// the subject of [MigrationCheck].
public final class StreamVerification {
    private static final int MAX_FINDINGS = 8;

    private final SavedMachine machine;
    private final MigrationCheck.Reasons reasons = new MigrationCheck.Reasons();

    private StreamVerification(SavedMachine machine) {
        this.machine = machine;
    }

    /// Examines a stream. Its source must be open.
    public static CheckResult verify(SavedMachine machine) {
        StreamVerification verification = new StreamVerification(machine);
        verification.stream();
        for (Device device : machine.devices()) {
            verification.device(device);
        }
        verification.memory();
        return new CheckResult(verification.reasons.inOrder());
    }

    private void stream() {
        machine.failure().ifPresent(this::failure);
        for (Finding finding : machine.findings()) {
            reasons.add(
                    Reason.mayRefuse(Reason.Kind.MALFORMED, finding.path(), finding.detail())
                            .at(finding.offset()));
        }
        if (machine.failure().isEmpty() && machine.ended() && machine.description().isEmpty()) {
            reasons.add(
                    Reason.note(
                            Reason.Kind.DESCRIPTION,
                            "",
                            "the stream does not describe its devices, so their contents were not"
                                    + " examined"));
        }
        if (machine.footers() == Footers.ABSENT) {
            reasons.add(Reason.note(Reason.Kind.FOOTERS, "", "sections end without footers"));
        }
    }

    private void failure(VMStateException e) {
        String section = e.path().split(" > ", 2)[0];
        reasons.add(
                Reason.refuses(Reason.Kind.MALFORMED, e.path(), e.detail())
                        .words(
                                section.isEmpty()
                                        ? "load of migration failed"
                                        : "Missing section footer for " + section)
                        .remedy(
                                "The bytes up to this offset can be read. Compare them with another"
                                        + " copy of the file, or with a stream of the same"
                                        + " machine.")
                        .at(e.offset()));
    }

    private void device(Device device) {
        if (device.iterative().isPresent() && !device.iterative().get().complete()) {
            boolean broken = machine.failure().isPresent();
            if (!broken && machine.skippedBytes() == 0) {
                reasons.add(
                        Reason.note(
                                        Reason.Kind.SECTION,
                                        device.identity().label(),
                                        "its last section is missing, as in a background snapshot")
                                .at(device.offset()));
            }
        }
        if (device.whole().isEmpty()) {
            return;
        }
        Device.Whole whole = device.whole().get();
        Optional<DecodedSection> decoded = machine.decode(whole);
        if (decoded.isEmpty()) {
            return;
        }
        DeviceDescription description = whole.description().orElseThrow();
        boolean excused = hasPointerArray(description.body());
        contradictions(device, whole, decoded.get(), excused);
        if (decoded.get().findings().isEmpty()) {
            counts(device, decoded.get().root());
        }
    }

    /// Reports where the bytes of a section contradict its description.
    private void contradictions(
            Device device, Device.Whole whole, DecodedSection decoded, boolean excused) {
        String label = device.identity().label();
        String line = "Missing section footer for " + device.identity().idString();
        String remedy =
                "Compare the section with that of another stream of the same machine (vmstate show);"
                        + " values at and behind this field are shifted.";
        int count = 0;
        for (Finding finding : decoded.findings()) {
            if (count++ < MAX_FINDINGS) {
                reasons.add(
                        effect(excused, finding.path(), finding.detail())
                                .words(line)
                                .remedy(excused ? "" : remedy)
                                .at(finding.offset()));
            }
        }
        if (!whole.disagrees()) {
            return;
        }
        long described = whole.description().orElseThrow().bodySize();
        long found = whole.section().body().length();
        String sizes =
                "its fields take %d bytes, but its footer comes after %d"
                        .formatted(described, found);
        String suspect =
                count > 0
                        ? ""
                        : "; "
                                + (found > described
                                        ? (found - described) + " bytes too many"
                                        : (described - found) + " bytes too few")
                                + ", and no field contradicts the bytes before the end";
        reasons.add(
                effect(excused, label, sizes + suspect)
                        .words(line)
                        .remedy(excused ? "" : remedy)
                        .at(decoded.decodedEnd()));
    }

    private static Reason.Builder effect(boolean excused, String path, String detail) {
        return excused
                ? Reason.note(
                        Reason.Kind.DESCRIPTION,
                        path,
                        detail + " (QEMU before 10.0 describes arrays of pointers wrongly)")
                : Reason.refuses(Reason.Kind.MALFORMED, path, detail);
    }

    /// Whether a description contains an array of pointers whose first one is null, which QEMU
    /// before 10.0 describes wrongly.
    private static boolean hasPointerArray(StructDescription body) {
        for (FieldDescription field : body.fields()) {
            if (field.struct().isPresent()) {
                StructDescription inside = field.struct().get();
                boolean nothing = inside.vmsdName().isEmpty() && inside.fields().isEmpty();
                if ((nothing && field.size() == 1) || hasPointerArray(inside)) {
                    return true;
                }
            }
            if (field.isPointerMarker() || field.type().equals("nullptr")) {
                return true;
            }
        }
        return body.subsections().stream().anyMatch(StreamVerification::hasPointerArray);
    }

    /// Reports numbers that count the elements of an array but are not their number.
    private void counts(Device device, StructNode body) {
        List<StateNode> fields = body.fields();
        for (int i = 0; i < fields.size(); i++) {
            StateNode field = fields.get(i);
            if (field instanceof ArrayNode array) {
                for (int j = i - 1; j >= 0; j--) {
                    if (fields.get(j) instanceof IntegerNode number
                            && Counting.counts(number.name(), array.name())
                            && wrong(number, array)) {
                        report(device, number, array);
                        break;
                    }
                }
            } else if (field instanceof StructNode inside) {
                counts(device, inside);
            }
        }
        body.subsections().forEach(subsection -> counts(device, subsection));
    }

    private static boolean wrong(IntegerNode number, ArrayNode array) {
        return number.value() < 0 || number.value() > array.size();
    }

    private void report(Device device, IntegerNode number, ArrayNode array) {
        reasons.add(
                Reason.refuses(
                                Reason.Kind.MALFORMED,
                                number.pathText(),
                                "the value is %d, but the array %s has %d elements in the stream"
                                        .formatted(number.value(), array.name(), array.size()))
                        .words("Missing section footer for " + device.identity().idString())
                        .remedy(
                                "A destination reads as many elements as the number says; set it to"
                                        + " the number of elements.")
                        .at(number.offset()));
    }

    private void memory() {
        Requirements requirements = machine.requirements();
        if (!requirements.channels()) {
            for (RamContext.MissingPages missing : machine.missingPages()) {
                reasons.add(
                        Reason.note(
                                        Reason.Kind.RAM_MISSING,
                                        missing.block().name(),
                                        "%d pages of this block never came, the first at 0x%x"
                                                .formatted(missing.pages(), missing.first()))
                                .remedy(
                                        "A balloon's hints, virtio-mem and further channels are"
                                                + " harmless causes; a destination does not"
                                                + " notice."));
            }
        }
        boolean shared = requirements.capabilities().contains("x-ignore-shared");
        for (Requirements.Block block : requirements.blocks()) {
            switch (block.memory()) {
                case ELSEWHERE ->
                        reasons.add(
                                Reason.condition(
                                                Reason.Kind.RAM_MISSING,
                                                block.block().name(),
                                                "no page of this block is in the stream")
                                        .remedy(
                                                shared
                                                        ? "It is in the shared memory of the source"
                                                                + " (x-ignore-shared)."
                                                        : "Its memory is elsewhere, or part of the"
                                                                + " migration is missing; a"
                                                                + " destination does not notice."));
                case CHANNELS ->
                        reasons.add(
                                Reason.condition(
                                                Reason.Kind.RAM_MISSING,
                                                block.block().name(),
                                                "its pages are on further channels")
                                        .remedy(
                                                "Loading needs all channels of the migration;"
                                                        + " vmstate ram --channel checks them."));
                case STREAM, UNKNOWN -> {}
            }
        }
    }
}
