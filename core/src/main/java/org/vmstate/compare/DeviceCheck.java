// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.FieldComparison.Divergence;
import org.vmstate.compare.FieldComparison.Known;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaDump;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.DeviceDescription;

/// Compares the devices of a stream with those of a destination: whether it has them, their
/// versions, fields and subsections, and the values that must be the same.
final class DeviceCheck {
    private static final int MAX_DIFFERENCES = 8;

    /// The largest number of descriptions of one name that a section is compared with.
    private static final int MAX_CANDIDATES = 64;

    private final SavedMachine source;
    private final @Nullable MachineDescriptions dump;
    private final @Nullable SavedMachine reference;
    private final VersionBounds version;
    private final MigrationCheck.Reasons reasons;
    private final Map<Key, List<Device>> local = new HashMap<>();
    private final Map<Key, Integer> taken = new HashMap<>();
    private final StateTests tests = new StateTests();
    private final List<String> unexamined = new ArrayList<>();

    /// What a destination finds a device by.
    private record Key(String idString, long instanceId) {}

    DeviceCheck(
            SavedMachine source,
            Destination destination,
            VersionBounds version,
            MigrationCheck.Reasons reasons) {
        this.source = source;
        this.dump = destination.descriptions().orElse(null);
        this.reference = destination.reference().orElse(null);
        this.version = version;
        this.reasons = reasons;
        tests.add(source);
        if (reference != null) {
            register(reference);
            tests.add(reference);
        }
    }

    /// Collects the names by which the destination finds its devices: those in its own stream, and
    /// for devices with the path of a bus in their name also the old form, the name of their
    /// description with a running number.
    private void register(SavedMachine stream) {
        Map<String, Long> running = new HashMap<>();
        Map<Key, Device> older = new HashMap<>();
        for (Device device : stream.devices()) {
            SectionIdentity identity = device.identity();
            local.computeIfAbsent(
                            new Key(identity.idString(), identity.instanceId()),
                            _ -> new ArrayList<>())
                    .add(device);
            String name = description(device).map(d -> d.body().vmsdName()).orElse("");
            if (identity.idString().endsWith("/" + name) && !name.isEmpty()) {
                long number = running.merge(name, 1L, Long::sum) - 1;
                older.put(new Key(name, number), device);
            }
        }
        older.forEach((key, device) -> local.putIfAbsent(key, new ArrayList<>(List.of(device))));
    }

    private static Optional<DeviceDescription> description(Device device) {
        return device.whole().flatMap(Device.Whole::description);
    }

    void check() {
        if (source.description().isEmpty()) {
            reasons.add(
                    Reason.note(
                            Reason.Kind.DESCRIPTION,
                            "",
                            "the stream does not describe its devices, so only their names and"
                                    + " versions are compared"));
        }
        Set<String> unknown = new HashSet<>();
        for (Device device : source.devices()) {
            Device other = null;
            if (reference != null) {
                other = find(device.identity());
                if (other == null) {
                    missing(device, unknown);
                    continue;
                }
            }
            compare(device, other);
        }
        if (reference != null) {
            additional();
        }
        if (!unexamined.isEmpty()) {
            reasons.add(
                    Reason.note(
                                    Reason.Kind.DESCRIPTION,
                                    String.join(", ", unexamined),
                                    "not in the dump, so not compared; a reference stream of the"
                                            + " destination decides whether it has them")
                            .at(Long.MAX_VALUE));
        }
    }

    private @Nullable Device find(SectionIdentity identity) {
        Key key = new Key(identity.idString(), identity.instanceId());
        List<Device> devices = local.get(key);
        if (devices == null) {
            return null;
        }
        int index = taken.merge(key, 1, Integer::sum) - 1;
        return devices.get(Math.min(index, devices.size() - 1));
    }

    private void missing(Device device, Set<String> unknown) {
        SectionIdentity identity = device.identity();
        String name = description(device).map(d -> d.body().vmsdName()).orElse("");
        if (KnownSections.sentIfNeeded(identity.idString(), name, version)) {
            reasons.add(
                    Reason.note(
                                    Reason.Kind.SECTION,
                                    identity.label(),
                                    "the destination's own stream has no such section, which is"
                                            + " sent only in some states")
                            .at(device.offset()));
            return;
        }
        if (!unknown.add(identity.label())) {
            return;
        }
        reasons.add(
                Reason.refuses(
                                Reason.Kind.SECTION,
                                identity.label(),
                                "the destination has no such device")
                        .words(
                                "Unknown savevm section or instance " + make(identity),
                                "Unknown section or instance " + make(identity))
                        .remedy(
                                "Start the destination with this device, at the same address and"
                                        + " with the same options, hot-plugged devices included; or"
                                        + " remove the section from the stream (vmstate set"
                                        + " --drop-section).")
                        .at(device.offset()));
    }

    private static String make(SectionIdentity identity) {
        return ("'%s' %d. Make sure that your current VM setup matches your saved VM setup,"
                        + " including any hotplugged devices")
                .formatted(identity.idString(), identity.instanceId());
    }

    private void additional() {
        Set<Key> sent = new HashSet<>();
        for (Device device : source.devices()) {
            sent.add(new Key(device.identity().idString(), device.identity().instanceId()));
        }
        if (reference == null) {
            return;
        }
        for (Device device : reference.devices()) {
            SectionIdentity identity = device.identity();
            if (!sent.contains(new Key(identity.idString(), identity.instanceId()))) {
                reasons.add(
                        Reason.note(
                                        Reason.Kind.SECTION,
                                        identity.label(),
                                        "the destination has this device in addition; it keeps its"
                                                + " state after reset")
                                .at(Long.MAX_VALUE));
            }
        }
    }

    private void compare(Device device, @Nullable Device other) {
        if (device.whole().isEmpty()) {
            iterativeVersion(device, other);
            return;
        }
        Device.Whole whole = device.whole().get();
        Optional<DeviceDescription> described = whole.description();
        Optional<DeviceDescription> otherDescribed =
                other == null ? Optional.empty() : description(other);
        String name = described.or(() -> otherDescribed).map(d -> d.body().vmsdName()).orElse("");
        Schema referenceSchema =
                otherDescribed
                        .filter(d -> !d.oldStyle())
                        .map(d -> Schema.of(d.body()))
                        .orElse(null);
        List<Schema> candidates = candidates(name, referenceSchema);
        if (candidates.isEmpty() && referenceSchema == null) {
            if (reference == null && dump != null) {
                unexamined.add(device.identity().label());
            }
            if (other != null) {
                versionOnly(device, other.identity().versionId());
            }
            return;
        }
        Schema schema =
                described.filter(d -> !d.oldStyle()).map(d -> Schema.of(d.body())).orElse(null);
        Outcome best = null;
        for (Schema candidate : candidates.isEmpty() ? nothing() : candidates) {
            Outcome next = compare(device, other, schema, candidate, referenceSchema);
            if (best == null || next.fatal() < best.fatal()) {
                best = next;
            }
        }
        if (best == null) {
            return;
        }
        best.reasons().forEach(reasons::add);
        if (best.fatal() == 0 && other != null && other.whole().isPresent() && reference != null) {
            new ValueCheck(source, reference, version, reasons)
                    .check(device.whole().get(), other.whole().get());
        }
    }

    private static List<@Nullable Schema> nothing() {
        List<@Nullable Schema> one = new ArrayList<>();
        one.add(null);
        return one;
    }

    /// The descriptions in the dump that may be the one of a section.
    private List<Schema> candidates(String name, @Nullable Schema referenceSchema) {
        if (dump == null || name.isEmpty()) {
            return List.of();
        }
        List<Schema> candidates = new ArrayList<>();
        for (SchemaDump.Device device : dump.described(name)) {
            if (candidates.size() == MAX_CANDIDATES) {
                break;
            }
            if ((referenceSchema == null || referenceSchema.version() == device.schema().version())
                    && !candidates.contains(device.schema())) {
                candidates.add(device.schema());
            }
        }
        return candidates;
    }

    /// The differences of a section from one description.
    private record Outcome(long fatal, List<Reason.Builder> reasons) {}

    private Outcome compare(
            Device device,
            @Nullable Device other,
            @Nullable Schema schema,
            @Nullable Schema candidate,
            @Nullable Schema referenceSchema) {
        SectionIdentity identity = device.identity();
        long sent = identity.versionId();
        long current =
                candidate != null
                        ? candidate.version()
                        : other == null ? sent : other.identity().versionId();
        Integer minimum = candidate == null ? null : candidate.minimumVersion();
        if (sent > current) {
            return new Outcome(1, List.of(tooNew(device, current)));
        }
        if (minimum != null && sent < minimum) {
            return new Outcome(
                    1,
                    List.of(
                            tooOld(
                                    device,
                                    "the source's version is %d, the destination reads %d to %d"
                                            .formatted(sent, minimum, current),
                                    Integer.toString(minimum))));
        }
        if (schema == null) {
            return new Outcome(0, List.of());
        }
        if (contradicts(device)) {
            return new Outcome(
                    0,
                    List.of(
                            Reason.note(
                                            Reason.Kind.DESCRIPTION,
                                            identity.label(),
                                            "the stream's description of this section is wrong, so"
                                                    + " its fields cannot be compared")
                                    .at(device.offset())));
        }
        boolean older = candidate == null && sent < current;
        FieldComparison comparison = new FieldComparison(values(device, other), tests);
        comparison.compare("", schema, (int) sent, new Known(candidate, referenceSchema, older));
        List<Divergence> differences = comparison.differences();
        List<Divergence> fatal = differences.stream().filter(Divergence::fatal).toList();
        if (older && !fatal.isEmpty()) {
            boolean resized = fatal.stream().anyMatch(d -> d.nature() == Divergence.Nature.RESIZED);
            Divergence first =
                    fatal.stream()
                            .filter(d -> d.nature() == Divergence.Nature.RESIZED)
                            .findFirst()
                            .orElse(fatal.getFirst());
            if (!resized) {
                return new Outcome(0, List.of(olderFields(device, current, first)));
            }
            return new Outcome(
                    1,
                    List.of(
                            tooOld(
                                    device,
                                    ("the source's version is %d, the destination's %d, which does"
                                                    + " not only add fields (%s: %s)")
                                            .formatted(
                                                    sent,
                                                    current,
                                                    identity.label() + first.path(),
                                                    first.detail()),
                                    Long.toString(current))));
        }
        List<Reason.Builder> found = new ArrayList<>();
        boolean otherBuild =
                differences.stream().anyMatch(d -> d.nature() == Divergence.Nature.RENAMED);
        Map<Boolean, Integer> reported = new HashMap<>();
        for (Divergence difference : differences) {
            if (reported.merge(decides(difference), 1, Integer::sum) <= MAX_DIFFERENCES) {
                found.add(reason(device, difference, otherBuild));
            }
        }
        long certain =
                fatal.size()
                        + differences.stream()
                                .filter(d -> d.nature() == Divergence.Nature.UNSEEN_SUBSECTION)
                                .filter(d -> unseen(device, d, otherBuild) == Reason.Effect.REFUSES)
                                .count();
        return new Outcome(certain, found);
    }

    /// Whether a difference may be more than a note.
    private static boolean decides(Divergence difference) {
        return difference.nature() != Divergence.Nature.RENAMED;
    }

    private static Reason.Builder olderFields(Device device, long current, Divergence first) {
        return Reason.mayRefuse(
                        Reason.Kind.FIELDS,
                        device.identity().label() + first.path(),
                        "the source's version is %d, the destination's %d: %s"
                                .formatted(device.identity().versionId(), current, first.detail()))
                .words(footer(device))
                .remedy(
                        "The destination's dump (-dump-vmstate) decides it, if it contains the"
                                + " device.")
                .at(device.offset());
    }

    /// Whether the description of a section contradicts its bytes, as those of QEMU before 10.0 do
    /// if an array contains null pointers.
    private boolean contradicts(Device device) {
        Device.Whole whole = device.whole().orElseThrow();
        return whole.disagrees()
                || source.decode(whole).map(d -> !d.findings().isEmpty()).orElse(false);
    }

    private void iterativeVersion(Device device, @Nullable Device other) {
        if (other != null) {
            versionOnly(device, other.identity().versionId());
        }
    }

    private void versionOnly(Device device, long current) {
        if (device.identity().versionId() > current) {
            reasons.add(tooNew(device, current));
        }
    }

    private static Reason.Builder tooNew(Device device, long current) {
        SectionIdentity identity = device.identity();
        String line =
                "unsupported version %d for '%s' v%d"
                        .formatted(identity.versionId(), identity.idString(), current);
        return Reason.refuses(
                        Reason.Kind.VERSION_TOO_NEW,
                        identity.label(),
                        "the source's version is %d, the destination's only %d"
                                .formatted(identity.versionId(), current))
                .words("savevm: " + line, line)
                .remedy(
                        "Use a newer QEMU at the destination, or a machine type of the destination's"
                                + " version at the source.")
                .at(device.offset());
    }

    private static Reason.Builder tooOld(Device device, String detail, String minimum) {
        SectionIdentity identity = device.identity();
        String name = description(device).map(d -> d.body().vmsdName()).orElse(identity.idString());
        return Reason.refuses(Reason.Kind.VERSION_TOO_OLD, identity.label(), detail)
                .words(
                        "%s: incoming version_id %d is too old for local minimum version_id  %s"
                                .formatted(name, identity.versionId(), minimum),
                        "%s: incoming version_id %d is too old for local minimum version_id %s"
                                .formatted(name, identity.versionId(), minimum))
                .remedy(
                        "Use a QEMU between the two: load the stream there, and migrate on from it"
                                + " if its version of the device is one that the destination reads.")
                .at(device.offset());
    }

    private Reason.Effect unseen(Device device, Divergence difference, boolean otherBuild) {
        KnownSections.Knowledge knowledge =
                KnownSections.knows(difference.subsection(), device, version);
        return switch (knowledge) {
            case NO -> Reason.Effect.REFUSES;
            case YES -> Reason.Effect.NOTE;
            case UNKNOWN -> otherBuild ? Reason.Effect.MAY_REFUSE : Reason.Effect.NOTE;
        };
    }

    private Reason.Builder reason(Device device, Divergence difference, boolean otherBuild) {
        String label = device.identity().label();
        String path = label + difference.path();
        String detail = difference.detail();
        long at = offset(device, difference.path());
        return switch (difference.nature()) {
            case ADDED, REMOVED, RESIZED ->
                    Reason.refuses(Reason.Kind.FIELDS, path, detail)
                            .words(footer(device), footer(device))
                            .remedy(
                                    (difference.nature() == Divergence.Nature.REMOVED
                                                    ? "vmstate set --drop-field removes the field"
                                                    : "vmstate set --take-field copies the field"
                                                            + " from a stream that the destination"
                                                            + " wrote (--from)")
                                            + "; or load the stream with a QEMU that has the"
                                            + " source's form of the device.")
                            .at(at);
            case MOVED ->
                    Reason.mayRefuse(Reason.Kind.FIELDS, path, detail)
                            .remedy(
                                    "The destination reads values into other fields; compare them"
                                            + " after a trial.")
                            .at(at);
            case RENAMED, READ_SOMETIMES -> Reason.note(Reason.Kind.FIELDS, path, detail).at(at);
            case SIZE_UNCERTAIN ->
                    Reason.mayRefuse(Reason.Kind.FIELDS, path, detail)
                            .remedy("A reference stream of the destination decides it.")
                            .at(at);
            case UNKNOWN_SUBSECTION -> subsection(device, difference, path, detail, at);
            case UNSEEN_SUBSECTION ->
                    switch (unseen(device, difference, otherBuild)) {
                        case REFUSES ->
                                subsection(
                                        device,
                                        difference,
                                        path,
                                        version.text() + " does not have this subsection",
                                        at);
                        case MAY_REFUSE ->
                                Reason.mayRefuse(
                                                Reason.Kind.SUBSECTION,
                                                path,
                                                detail
                                                        + ", and the two QEMUs have different"
                                                        + " descriptions of the device")
                                        .remedy(
                                                "Load the stream with the destination, paused (-S),"
                                                        + " to decide it.")
                                        .at(at);
                        default -> Reason.note(Reason.Kind.SUBSECTION, path, detail).at(at);
                    };
            case VERSION_TOO_NEW ->
                    Reason.refuses(Reason.Kind.VERSION_TOO_NEW, path, detail).at(at);
            case VERSION_TOO_OLD ->
                    Reason.refuses(Reason.Kind.VERSION_TOO_OLD, path, detail).at(at);
        };
    }

    private static Reason.Builder subsection(
            Device device, Divergence difference, String path, String detail, long at) {
        SectionIdentity identity = device.identity();
        String name = difference.subsection();
        String owner = name.substring(0, Math.max(0, name.lastIndexOf('/')));
        return Reason.refuses(Reason.Kind.SUBSECTION, path, detail)
                .words(
                        "error while loading state for instance 0x%x of device '%s'"
                                .formatted(identity.instanceId(), identity.idString()),
                        "VM subsection '%s' in '%s' does not exist".formatted(name, owner))
                .remedy(
                        "Remove the subsection from the stream, if the guest can do without it"
                                + " (vmstate set --drop-subsection), or use a machine type of the"
                                + " destination's version at the source.")
                .at(at);
    }

    private static String footer(Device device) {
        return "Missing section footer for " + device.identity().idString();
    }

    /// The offset of a value in the stream; if the source does not have it, that of the structure
    /// around it, or of the section.
    private long offset(Device device, String steps) {
        Optional<DecodedSection> decoded = device.whole().flatMap(source::decode);
        if (decoded.isEmpty()) {
            return device.offset();
        }
        for (int end = steps.length(); end > 0; end = lastStep(steps, end)) {
            Optional<StateNode> node =
                    StatePath.find(decoded.get().root(), steps.substring(0, end));
            if (node.isPresent()) {
                return node.get().offset();
            }
        }
        return device.offset();
    }

    private static int lastStep(String steps, int end) {
        return Math.max(steps.lastIndexOf('.', end - 1), steps.lastIndexOf('/', end - 1));
    }

    private FieldComparison.Values values(Device device, @Nullable Device other) {
        return new SectionValues(
                () -> source.decode(device.whole().orElseThrow()),
                () ->
                        other == null || other.whole().isEmpty() || reference == null
                                ? Optional.empty()
                                : reference.decode(other.whole().get()));
    }
}
