// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmstate.compare.FieldComparison.Divergence;
import org.vmstate.compare.FieldComparison.Known;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaDump;

/// Compares the descriptions of two programs: what the first writes with what the second reads.
///
/// It finds what QEMU's `vmstate-static-checker.py` finds: types and descriptions that are missing,
/// versions that are too new or too old, fields that were added, removed or resized, subsections
/// that are missing. The result is undecided, not refused, if it depends on the machine or its
/// state whether the difference matters: a type that no machine may use, a subsection or field that
/// may not be sent, a size in memory that may not be one on the wire.
final class DescriptionCheck {
    /// The largest number of types that a type of another name is compared with.
    private static final int MAX_CANDIDATES = 16;

    private final MachineDescriptions source;
    private final MachineDescriptions destination;
    private final List<Reason> reasons = new ArrayList<>();

    /// The types that only the destination has, by the names of their descriptions: a type of the
    /// source that the destination lacks may be one of these by another name.
    private final Map<String, List<SchemaDump.Device>> added = new HashMap<>();

    private DescriptionCheck(MachineDescriptions source, MachineDescriptions destination) {
        this.source = source;
        this.destination = destination;
        for (SchemaDump.Device other : destination.devices()) {
            if (source.type(other.type()).isEmpty()) {
                List<SchemaDump.Device> same =
                        added.computeIfAbsent(other.schema().name(), _ -> new ArrayList<>());
                if (same.size() < MAX_CANDIDATES) {
                    same.add(other);
                }
            }
        }
    }

    static CheckResult check(MachineDescriptions source, MachineDescriptions destination) {
        DescriptionCheck check = new DescriptionCheck(source, destination);
        check.machineType();
        for (SchemaDump.Device device : source.devices()) {
            check.device(device);
        }
        return new CheckResult(check.reasons);
    }

    private void add(Reason.Builder reason) {
        reasons.add(reason.build());
    }

    private void machineType() {
        String sent = source.machineType();
        String local = destination.machineType();
        if (sent.equals(local)) {
            return;
        }
        boolean prefix = local.startsWith(sent);
        String detail = "the destination's machine type is " + local;
        add(
                (prefix
                                ? Reason.note(Reason.Kind.MACHINE_TYPE, sent, detail)
                                : Reason.refuses(Reason.Kind.MACHINE_TYPE, sent, detail))
                        .words(
                                "Machine type received is '%s' and local is '%s'"
                                        .formatted(sent, local))
                        .remedy("Write both dumps for the same machine type (-M)."));
        if (!source.complete() || !destination.complete()) {
            add(Reason.note(Reason.Kind.DESCRIPTION, "", "a dump ends early and is not complete"));
        }
    }

    private void device(SchemaDump.Device device) {
        Optional<SchemaDump.Device> same = destination.type(device.type());
        List<SchemaDump.Device> candidates =
                same.isPresent()
                        ? List.of(same.get())
                        : added.getOrDefault(device.schema().name(), List.of());
        if (candidates.isEmpty()) {
            add(
                    Reason.mayRefuse(
                                    Reason.Kind.DESCRIPTION,
                                    device.type(),
                                    "the destination has no such device type")
                            .words(
                                    "Unknown savevm section or instance …",
                                    "Unknown section or instance …")
                            .remedy("A machine with such a device cannot be loaded; others can."));
            return;
        }
        List<Reason> best = null;
        SchemaDump.Device counterpart = candidates.getFirst();
        for (SchemaDump.Device candidate : candidates) {
            List<Reason> found = compare(device, candidate);
            if (best == null || weight(found) < weight(best)) {
                best = found;
                counterpart = candidate;
            }
        }
        if (same.isEmpty()) {
            add(
                    Reason.note(
                            Reason.Kind.DESCRIPTION,
                            device.type(),
                            "the destination calls this type " + counterpart.type()));
        }
        if (best != null) {
            reasons.addAll(best);
        }
    }

    private static long weight(List<Reason> reasons) {
        return reasons.stream().filter(r -> r.effect() == Reason.Effect.REFUSES).count();
    }

    private static List<Reason> compare(SchemaDump.Device device, SchemaDump.Device other) {
        List<Reason> found = new ArrayList<>();
        Schema mine = device.schema();
        Schema theirs = other.schema();
        if (theirs.name().isEmpty() && !mine.name().isEmpty()) {
            found.add(
                    Reason.refuses(
                                    Reason.Kind.DESCRIPTION,
                                    device.type(),
                                    "the destination does not describe the state of this type")
                            .build());
            return found;
        }
        if (!mine.name().equals(theirs.name())) {
            found.add(
                    Reason.refuses(
                                    Reason.Kind.SECTION,
                                    device.type(),
                                    "its description is called %s, in the destination %s"
                                            .formatted(mine.name(), theirs.name()))
                            .words(
                                    "Unknown savevm section or instance '%s' 0"
                                            .formatted(mine.name()),
                                    "Unknown section or instance '%s' 0".formatted(mine.name()))
                            .build());
            return found;
        }
        int sent = mine.version();
        Integer minimum = theirs.minimumVersion();
        if (sent > theirs.version()) {
            String line =
                    "unsupported version %d for '%s' v%d"
                            .formatted(sent, mine.name(), theirs.version());
            found.add(
                    Reason.refuses(
                                    Reason.Kind.VERSION_TOO_NEW,
                                    device.type(),
                                    "version %d, the destination only has %d"
                                            .formatted(sent, theirs.version()))
                            .words("savevm: " + line, line)
                            .build());
        } else if (minimum != null && sent < minimum) {
            found.add(
                    Reason.refuses(
                                    Reason.Kind.VERSION_TOO_OLD,
                                    device.type(),
                                    "version %d, the destination reads %d to %d"
                                            .formatted(sent, minimum, theirs.version()))
                            .words(
                                    "%s: incoming version_id %d is too old for local minimum"
                                                    .formatted(mine.name(), sent)
                                            + " version_id "
                                            + minimum)
                            .build());
        }
        if (mine.listedFields() == null) {
            return found; // a device that cannot be migrated
        }
        if (theirs.listedFields() == null) {
            found.add(
                    Reason.refuses(
                                    Reason.Kind.DESCRIPTION,
                                    device.type(),
                                    "the destination's description has no list of fields")
                            .build());
            return found;
        }
        FieldComparison comparison =
                new FieldComparison(FieldComparison.Values.NONE, StateTests.NONE);
        comparison.compare("", mine, sent, new Known(theirs, null, false));
        for (Divergence difference : comparison.differences()) {
            found.add(reason(device.type() + ": " + mine.name(), mine, difference));
        }
        return found;
    }

    private static Reason reason(String label, Schema device, Divergence difference) {
        String path = label + difference.path();
        String detail = difference.detail();
        String footer = "Missing section footer for " + device.name();
        return (switch (difference.nature()) {
                    case ADDED, REMOVED, RESIZED ->
                            Reason.refuses(Reason.Kind.FIELDS, path, detail)
                                    .words(footer)
                                    .remedy(
                                            "Raise the version of the description and give the"
                                                    + " field the new version, or move it into a"
                                                    + " subsection.");
                    case MOVED ->
                            Reason.mayRefuse(Reason.Kind.FIELDS, path, detail)
                                    .remedy("Keep the order of the fields.");
                    case RENAMED, READ_SOMETIMES -> Reason.note(Reason.Kind.FIELDS, path, detail);
                    case SIZE_UNCERTAIN ->
                            Reason.mayRefuse(Reason.Kind.FIELDS, path, detail)
                                    .words(footer)
                                    .remedy("A stream of each program decides it.");
                    case UNKNOWN_SUBSECTION, UNSEEN_SUBSECTION ->
                            Reason.mayRefuse(Reason.Kind.SUBSECTION, path, detail)
                                    .words(
                                            "error while loading state for instance 0x0 of device"
                                                    + " '%s'".formatted(device.name()),
                                            "VM subsection '%s' in '%s' does not exist"
                                                    .formatted(
                                                            difference.subsection(), device.name()))
                                    .remedy("It is refused if it is sent: its state decides.");
                    case VERSION_TOO_NEW ->
                            Reason.mayRefuse(Reason.Kind.VERSION_TOO_NEW, path, detail);
                    case VERSION_TOO_OLD ->
                            Reason.mayRefuse(Reason.Kind.VERSION_TOO_OLD, path, detail);
                })
                .build();
    }
}
