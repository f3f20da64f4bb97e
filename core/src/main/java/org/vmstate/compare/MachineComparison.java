// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.state.DecodedSection;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.SectionIdentity;

/// Compares the states of two machines: configuration, devices, commands.
final class MachineComparison {
    /// The number of steps that matching by content may take; see [Alignment.Budget].
    private static final long STEPS = 1 << 24;

    private final SavedMachine before;
    private final SavedMachine after;
    private final DiffRules rules;
    private final DiffRules.Filter filter;
    private final Map<String, Long> digestsBefore;
    private final Map<String, Long> digestsAfter;
    private final List<Difference> differences = new ArrayList<>();
    private final TreeComparison trees = new TreeComparison(new Alignment.Budget(STEPS), this::add);
    private long allowed;
    private long omitted;

    MachineComparison(SavedMachine before, SavedMachine after, DiffRules rules) {
        this(before, after, rules, Map.of(), Map.of());
    }

    /// @param digestsBefore the digests of the states of iterative devices, by label, as far as
    ///   they are known
    MachineComparison(
            SavedMachine before,
            SavedMachine after,
            DiffRules rules,
            Map<String, Long> digestsBefore,
            Map<String, Long> digestsAfter) {
        this.before = before;
        this.after = after;
        this.rules = rules;
        this.filter = rules.filter();
        this.digestsBefore = digestsBefore;
        this.digestsAfter = digestsAfter;
    }

    MachineDiff result(Optional<MemoryDiff> memory) {
        return new MachineDiff(differences, allowed, omitted, memory);
    }

    private void add(Difference difference) {
        if (differences.size() == MachineDiff.MAX_DIFFERENCES) {
            omitted++; // without the rules, whose time counts here
        } else if (filter.allows(difference)) {
            allowed++;
        } else {
            differences.add(difference);
        }
    }

    void compare() {
        configuration();
        List<Device> devices = before.devices();
        List<Device> others = after.devices();
        int[] counterparts = counterparts(devices, others);
        boolean[] taken = new boolean[others.size()];
        boolean[] inOrder = new boolean[devices.size()];
        for (int index : Alignment.increasing(counterparts)) {
            inOrder[index] = true;
        }
        for (int counterpart : counterparts) {
            if (counterpart != Alignment.NONE) {
                taken[counterpart] = true;
            }
        }
        int next = 0;
        for (int i = 0; i < devices.size(); i++) {
            if (counterparts[i] == Alignment.NONE) {
                add(new Difference.DeviceOnly(Side.BEFORE, devices.get(i)));
                continue;
            }
            if (inOrder[i]) {
                next = additions(others, taken, next, counterparts[i]);
            }
            if (!inOrder[i]) {
                property(devices.get(i), "position", i, counterparts[i], true);
            }
            device(devices.get(i), others.get(counterparts[i]));
        }
        additions(others, taken, next, others.size());
        commands();
    }

    /// Reports the devices of the second machine from `from` to `to` without counterparts.
    private int additions(List<Device> others, boolean[] taken, int from, int to) {
        for (int j = from; j < to; j++) {
            if (!taken[j]) {
                add(new Difference.DeviceOnly(Side.AFTER, others.get(j)));
            }
        }
        return Math.max(from, to);
    }

    /// Matches devices by name and instance id, and those with the same ones by their order.
    private int[] counterparts(List<Device> devices, List<Device> others) {
        Map<String, Deque<Integer>> places = new HashMap<>();
        for (int j = 0; j < others.size(); j++) {
            places.computeIfAbsent(key(others.get(j)), _ -> new ArrayDeque<>()).add(j);
        }
        int[] counterparts = new int[devices.size()];
        Arrays.fill(counterparts, Alignment.NONE);
        for (int i = 0; i < devices.size(); i++) {
            Deque<Integer> place = places.get(rules.counterpart(key(devices.get(i))));
            if (place != null && !place.isEmpty()) {
                counterparts[i] = place.removeFirst();
            }
        }
        return counterparts;
    }

    private static String key(Device device) {
        return device.identity().label();
    }

    private void configuration() {
        configuration(before.configuration(), after.configuration());
        machineProperty("pageSize", before.pageSize(), after.pageSize(), false);
        machineProperty(
                "footers", Optional.of(before.footers()), Optional.of(after.footers()), true);
        machineProperty(
                "description",
                Optional.of(before.description().isPresent()),
                Optional.of(after.description().isPresent()),
                true);
    }

    private void configuration(Optional<Configuration> first, Optional<Configuration> second) {
        machineProperty(
                "machineType",
                first.map(Configuration::machineType),
                second.map(Configuration::machineType),
                false);
        machineProperty(
                "capabilities",
                first.map(c -> String.join(" ", c.capabilities())),
                second.map(c -> String.join(" ", c.capabilities())),
                true);
        machineProperty(
                "uuid",
                first.flatMap(MachineComparison::uuid),
                second.flatMap(MachineComparison::uuid),
                false);
    }

    private static Optional<String> uuid(Configuration configuration) {
        return configuration.subsections().stream()
                .filter(Configuration.Subsection.MachineUuid.class::isInstance)
                .map(s -> ((Configuration.Subsection.MachineUuid) s).uuid().toString())
                .findFirst();
    }

    private void machineProperty(String name, Optional<?> first, Optional<?> second, boolean form) {
        if (!first.equals(second)) {
            add(
                    new Difference.PropertyChange(
                            Paths.CONFIGURATION,
                            name,
                            first.map(Object::toString),
                            second.map(Object::toString),
                            form));
        }
    }

    private void device(Device device, Device other) {
        SectionIdentity identity = device.identity();
        SectionIdentity otherIdentity = other.identity();
        if (device.sectionId() != other.sectionId()) {
            property(device, "sectionId", device.sectionId(), other.sectionId(), true);
        }
        if (identity.versionId() != otherIdentity.versionId()) {
            property(device, "version", identity.versionId(), otherIdentity.versionId(), false);
        }
        if (device.iterative().isPresent() != other.iterative().isPresent()) {
            add(
                    new Difference.PropertyChange(
                            Paths.of(device),
                            "iterative",
                            Optional.of(Boolean.toString(device.iterative().isPresent())),
                            Optional.of(Boolean.toString(other.iterative().isPresent())),
                            false));
        } else if (!identity.idString().equals(SectionNames.RAM)) {
            iterative(device, other);
        }
        if (device.whole().isPresent() && other.whole().isPresent()) {
            whole(device, device.whole().get(), other, other.whole().get());
        } else if (device.whole().isPresent() != other.whole().isPresent()) {
            add(
                    new Difference.PropertyChange(
                            Paths.of(device),
                            "full",
                            Optional.of(Boolean.toString(device.whole().isPresent())),
                            Optional.of(Boolean.toString(other.whole().isPresent())),
                            false));
        }
    }

    private void property(Device device, String name, long value, long otherValue, boolean form) {
        add(
                new Difference.PropertyChange(
                        Paths.of(device),
                        name,
                        Optional.of(Long.toString(value)),
                        Optional.of(Long.toString(otherValue)),
                        form));
    }

    private void iterative(Device device, Device other) {
        if (device.iterative().isEmpty() || other.iterative().isEmpty()) {
            return;
        }
        long length = device.iterative().get().bytes();
        long otherLength = other.iterative().get().bytes();
        if (length != otherLength
                || !Objects.equals(digestsBefore.get(key(device)), digestsAfter.get(key(other)))) {
            add(new Difference.BytesChange(device, other, length, otherLength, Optional.empty()));
        }
    }

    private void whole(Device device, Device.Whole whole, Device other, Device.Whole otherWhole) {
        MemorySegment body = whole.section().body().memory();
        MemorySegment otherBody = otherWhole.section().body().memory();
        long differs = MappedComparison.mismatch(body, otherBody);
        if (whole.description().isEmpty() || otherWhole.description().isEmpty()) {
            if (differs >= 0) {
                add(
                        new Difference.BytesChange(
                                device,
                                other,
                                body.byteSize(),
                                otherBody.byteSize(),
                                Optional.of(differs)));
            }
            return;
        }
        if (differs < 0
                && whole.description().get().body().equals(otherWhole.description().get().body())) {
            return;
        }
        DecodedSection decoded = before.decode(whole).orElseThrow();
        DecodedSection otherDecoded = after.decode(otherWhole).orElseThrow();
        trees.compare(decoded.root(), otherDecoded.root());
        trees.rests(decoded.rest().stream().toList(), otherDecoded.rest().stream().toList());
    }

    private void commands() {
        List<String> first = commands(before);
        List<String> second = commands(after);
        if (!first.equals(second)) {
            machineProperty(
                    "commands",
                    Optional.of(String.join(" ", first)),
                    Optional.of(String.join(" ", second)),
                    true);
        }
    }

    private static List<String> commands(SavedMachine machine) {
        return machine.commands().stream().map(located -> located.command().label()).toList();
    }
}
