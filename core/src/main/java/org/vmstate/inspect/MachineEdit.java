// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.ram.RamBlockEdit;
import org.vmstate.state.SectionEditor;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Description;
import org.vmstate.stream.Footers;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.VMStateException;

/// Changes to one stream, without declarations of its devices: to values, queue elements and
/// subsections of its sections, to whole sections, to commands, or to RAM blocks.
///
/// The stream is read twice: first as a [SavedMachine], with which the changes are made and
/// checked, then element by element with this object as the transform.
///
/// ```java
/// MachineEdit edit = new MachineEdit(machine);
/// edit.section("spapr", 0).remove("/spapr_pending_events.pending_events[0]");
/// edit.drop("nvram@71000000/spapr_nvram", 0);
/// writer.write(edit, reader::next);
/// ```
///
/// Bodies, footers and the description are changed together. Unchanged sections are written as the
/// same bytes, and so is the description if none of its entries changed. To edit a stream without a
/// description, read the [SavedMachine] with the description of another stream of the same machine.
///
/// Throws [IllegalArgumentException] for invalid arguments, including a stream that lacks a changed
/// section. The transform can be applied any number of times to the stream it was created for.
public final class MachineEdit implements StreamTransform {
    /// The page size of most targets, for a stream that does not state it.
    private static final int USUAL_PAGE_BYTES = 4096;

    /// Identifies a device of a stream; devices with the same name and instance id are numbered by
    /// their order.
    private record DeviceKey(String idString, long instanceId, int order) {}

    /// Numbers the devices of each name and instance id.
    private static final class Numbering {
        private final Map<DeviceKey, Integer> next = new HashMap<>();

        DeviceKey of(String idString, long instanceId) {
            DeviceKey device = new DeviceKey(idString, instanceId, 0);
            int order = next.merge(device, 1, Integer::sum) - 1;
            return new DeviceKey(idString, instanceId, order);
        }

        DeviceKey of(SectionIdentity identity) {
            return of(identity.idString(), identity.instanceId());
        }

        /// Whether the device has been numbered.
        boolean has(DeviceKey device) {
            DeviceKey first = new DeviceKey(device.idString(), device.instanceId(), 0);
            return next.getOrDefault(first, 0) > device.order();
        }
    }

    /// A full section and its editor.
    private record Edited(Device.Whole whole, SectionEditor editor) {}

    /// A full section to be added from another stream.
    private record Added(long sectionId, SectionIdentity identity, SectionEditor editor) {}

    private final SavedMachine machine;
    private final IdentityHashMap<Device, DeviceKey> wholes = new IdentityHashMap<>();
    private final IdentityHashMap<Device, DeviceKey> iteratives = new IdentityHashMap<>();
    private final Map<DeviceKey, Edited> edits = new HashMap<>();
    private final Set<DeviceKey> droppedWholes = new HashSet<>();
    private final Set<DeviceKey> droppedIteratives = new HashSet<>();
    private final Map<DeviceKey, List<Added>> additions = new HashMap<>();
    private final Map<DeviceKey, SectionIdentity> renamedWholes = new HashMap<>();
    private final Map<DeviceKey, SectionIdentity> renamedIteratives = new HashMap<>();
    private final Set<String> droppedCommands = new HashSet<>();
    private @Nullable String machineType;
    private final RamBlockEdit memory;
    private final TreeSet<Long> usedIds = new TreeSet<>(List.of(0L));

    // The state of the stream that is being transformed.
    private Numbering full = new Numbering();
    private Numbering started = new Numbering();
    private final Set<Long> droppedIds = new HashSet<>();
    private @Nullable Behind behind;
    private boolean memoryBegan;

    /// The changes after the section that was processed last: drop its footer, add sections.
    ///
    /// @param sectionId the id of the section
    /// @param dropped whether its footer is dropped
    /// @param added the elements to add after it
    private record Behind(long sectionId, boolean dropped, List<StreamElement> added) {}

    /// Creates an edit without changes.
    ///
    /// @param machine the contents of the stream to be changed; its source must stay open
    public MachineEdit(SavedMachine machine) {
        this.machine = Objects.requireNonNull(machine);
        this.memory =
                new RamBlockEdit(machine.ramBlocks(), machine.pageSize().orElse(USUAL_PAGE_BYTES));
        Numbering whole = new Numbering();
        Numbering iterative = new Numbering();
        for (Device device : machine.devices()) {
            usedIds.add(device.sectionId());
            if (device.whole().isPresent()) {
                usedIds.add(device.whole().get().section().sectionId());
                wholes.put(device, whole.of(device.identity()));
            }
            if (device.iterative().isPresent()) {
                iteratives.put(device, iterative.of(device.identity()));
            }
        }
    }

    /// The contents of the stream, without the changes.
    public SavedMachine machine() {
        return machine;
    }

    /// Returns the editor of the full section of a device, or of the first one if several devices
    /// have this id string and instance id.
    ///
    /// @throws IllegalArgumentException if there is no such section, or it has no description
    public SectionEditor section(String idString, long instanceId) throws VMStateException {
        return section(device(idString, instanceId));
    }

    /// Returns the editor of the full section of a device; every call returns the same editor.
    ///
    /// @param device one of [SavedMachine#devices()]
    /// @throws IllegalArgumentException if the device has no full section, or it has no description
    public SectionEditor section(Device device) throws VMStateException {
        String label = device.identity().label();
        DeviceKey key = wholes.get(device);
        if (key == null) {
            throw new IllegalArgumentException(
                    label + " is not a device of this machine with a section that can be edited");
        }
        if (droppedWholes.contains(key)) {
            throw new IllegalArgumentException(label + " is dropped");
        }
        Edited edited = edits.get(key);
        if (edited == null) {
            Device.Whole whole = device.whole().orElseThrow();
            JsonObject entry =
                    entry(key)
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "there is no description of the section "
                                                            + label
                                                            + "; read the stream with the"
                                                            + " description of another one of the"
                                                            + " same machine"));
            Body body = whole.section().body();
            SectionEditor editor =
                    new SectionEditor(body.memory(), body.offset(), entry, machine.limits());
            edited = new Edited(whole, editor);
            edits.put(key, edited);
        }
        return edited.editor();
    }

    /// The changes to the RAM blocks.
    public RamBlockEdit memory() {
        return memory;
    }

    /// Renames a device in the headers of its sections and in the description.
    ///
    /// @param device one of [SavedMachine#devices()]
    /// @throws IllegalArgumentException if the name is longer than 255 bytes, the instance id is
    ///   not an unsigned 32-bit number, or another device has this name and instance id
    public MachineEdit rename(Device device, String idString, long instanceId) {
        SectionIdentity identity =
                new SectionIdentity(idString, instanceId, device.identity().versionId());
        if (idString.isEmpty() || idString.getBytes(StandardCharsets.UTF_8).length > 255) {
            throw new IllegalArgumentException("'" + idString + "' is not a name of a device");
        }
        if (instanceId < 0 || instanceId > 0xffff_ffffL) {
            throw new IllegalArgumentException("instance id " + instanceId);
        }
        if (present(identity)) {
            throw new IllegalArgumentException(
                    "the device " + identity.label() + " is already in this machine");
        }
        identify(device, identity);
        return this;
    }

    /// Sets the version of a device in the header of its section and in the description. The fields
    /// do not change; see [SectionEditor#removeFieldsFrom].
    ///
    /// @param device one of [SavedMachine#devices()]
    /// @param versionId an unsigned 32-bit number
    public MachineEdit version(Device device, long versionId) throws VMStateException {
        if (versionId < 0 || versionId > 0xffff_ffffL) {
            throw new IllegalArgumentException("version " + versionId);
        }
        DeviceKey key = wholes.get(device);
        SectionIdentity now =
                key == null
                        ? device.identity()
                        : renamedWholes.getOrDefault(key, device.identity());
        if (key != null && entry(key).isPresent()) {
            section(device).version(versionId);
        }
        identify(device, new SectionIdentity(now.idString(), now.instanceId(), versionId));
        return this;
    }

    private void checkKnown(Device device) {
        if (!wholes.containsKey(device) && !iteratives.containsKey(device)) {
            throw new IllegalArgumentException(
                    device.identity().label() + " is not a device of this machine");
        }
    }

    private void identify(Device device, SectionIdentity identity) {
        checkKnown(device);
        DeviceKey whole = wholes.get(device);
        DeviceKey iterative = iteratives.get(device);
        if (whole != null) {
            renamedWholes.put(whole, identity);
        }
        if (iterative != null) {
            renamedIteratives.put(iterative, identity);
        }
    }

    /// Changes the name of the machine type in the configuration section, and in its description.
    ///
    /// @throws IllegalArgumentException if the name is empty, or the stream has no configuration
    ///   section
    public MachineEdit machineType(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a machine type has a name");
        }
        if (machine.configuration().isEmpty()) {
            throw new IllegalArgumentException("the stream has no configuration section");
        }
        machineType = name;
        return this;
    }

    /// Leaves out all commands of a kind, also those in packages.
    ///
    /// @param label the name of the command as of [Command#label()], such as `switchover-start`
    /// @throws IllegalArgumentException if there is no such command in the stream
    public MachineEdit dropCommands(String label) {
        if (machine.commands().stream().noneMatch(c -> c.command().label().equals(label))) {
            throw new IllegalArgumentException(
                    "no command "
                            + label
                            + "; there are "
                            + machine.commands().stream()
                                    .map(c -> c.command().label())
                                    .distinct()
                                    .collect(Collectors.joining(", ", "[", "]")));
        }
        droppedCommands.add(label);
        return this;
    }

    /// Returns the entry of a full section in the description.
    private Optional<JsonObject> entry(DeviceKey wanted) {
        if (machine.description().isEmpty()) {
            return Optional.empty();
        }
        VmDescription description = machine.description().get();
        Numbering numbering = new Numbering();
        for (int i = 0; i < description.devices().size(); i++) {
            DeviceDescription device = description.devices().get(i);
            if (numbering.of(device.name(), device.instanceId()).equals(wanted)) {
                return Optional.of(description.entries().get(i));
            }
        }
        return Optional.empty();
    }

    /// Drops the first device with this id string and instance id; see [#drop(Device)].
    ///
    /// @throws IllegalArgumentException if there is no such device
    public MachineEdit drop(String idString, long instanceId) {
        return drop(device(idString, instanceId));
    }

    /// Removes all sections of a device, their footers and their entry in the description. At the
    /// destination, the device keeps its state after reset.
    ///
    /// @param device one of [SavedMachine#devices()]
    public MachineEdit drop(Device device) {
        checkKnown(device);
        DeviceKey whole = wholes.get(device);
        DeviceKey iterative = iteratives.get(device);
        if (whole != null) {
            droppedWholes.add(whole);
        }
        if (iterative != null) {
            droppedIteratives.add(iterative);
        }
        return this;
    }

    /// Adds the full section of a device of another stream after that of a device of this stream,
    /// with a footer if this stream has footers, and with its entry in the description.
    ///
    /// @param predecessor one of [SavedMachine#devices()] with a full section, which may be dropped
    /// @param other the contents of the other stream; its source must stay open
    /// @param device one of the other machine's devices
    /// @return the editor of the added section
    /// @throws IllegalArgumentException if one of the two devices has no full section, the added
    ///   section has no description, or this machine already has such a device that is not dropped
    public SectionEditor insertAfter(Device predecessor, SavedMachine other, Device device)
            throws VMStateException {
        SectionEditor editor = new MachineEdit(other).section(device);
        DeviceKey after = wholes.get(predecessor);
        if (after == null) {
            throw new IllegalArgumentException(
                    predecessor.identity().label()
                            + " is not a device of this machine with a full section");
        }
        SectionIdentity identity = device.whole().orElseThrow().section().identity();
        if (present(identity)) {
            throw new IllegalArgumentException(
                    "the device " + identity.label() + " is already in this machine");
        }
        additions
                .computeIfAbsent(after, _ -> new ArrayList<>())
                .add(new Added(unusedId(), identity, editor));
        return editor;
    }

    /// Returns the section id after the highest used one; if there is none, the lowest unused id.
    private long unusedId() {
        long id = usedIds.last() < 0xffff_ffffL ? usedIds.last() + 1 : 1;
        while (!usedIds.add(id)) {
            id++;
        }
        return id;
    }

    /// Whether the changed stream will contain a full section with this name and instance id.
    private boolean present(SectionIdentity identity) {
        Predicate<SectionIdentity> same =
                other ->
                        other.idString().equals(identity.idString())
                                && other.instanceId() == identity.instanceId();
        return additions.values().stream()
                        .flatMap(List::stream)
                        .anyMatch(added -> same.test(added.identity()))
                || wholes.entrySet().stream()
                        .anyMatch(
                                whole ->
                                        same.test(
                                                        renamedWholes.getOrDefault(
                                                                whole.getValue(),
                                                                whole.getKey().identity()))
                                                && !droppedWholes.contains(whole.getValue()));
    }

    private Device device(String idString, long instanceId) {
        return machine.devices().stream()
                .filter(
                        device ->
                                device.identity().idString().equals(idString)
                                        && device.identity().instanceId() == instanceId)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no device "
                                                + new SectionIdentity(idString, instanceId, 0)
                                                        .label()
                                                + " in this machine"));
    }

    @Override
    public List<StreamElement> atStart() {
        full = new Numbering();
        started = new Numbering();
        droppedIds.clear();
        behind = null;
        memoryBegan = false;
        memory.atStart();
        return List.of();
    }

    @Override
    public List<StreamElement> apply(StreamElement element) throws IOException {
        Behind last = behind;
        behind = null;
        if (last == null) {
            return changed(element);
        }
        List<StreamElement> outcome = new ArrayList<>();
        boolean footer =
                element instanceof SectionFooter(long sectionId) && sectionId == last.sectionId();
        if (footer && !last.dropped()) {
            outcome.add(element);
        }
        outcome.addAll(last.added());
        if (!footer) {
            outcome.addAll(changed(element));
        }
        return outcome;
    }

    /// Returns the elements to add at the end.
    ///
    /// @throws IllegalArgumentException if a changed device was not in the stream
    @Override
    public List<StreamElement> atEnd() {
        List<StreamElement> added = takeAdded();
        edits.forEach((key, edited) -> checkSeen(edited.editor().changed(), full, key));
        droppedWholes.forEach(key -> checkSeen(true, full, key));
        additions.keySet().forEach(key -> checkSeen(true, full, key));
        droppedIteratives.forEach(key -> checkSeen(true, started, key));
        return added;
    }

    private static void checkSeen(boolean wanted, Numbering seen, DeviceKey key) {
        if (wanted && !seen.has(key)) {
            throw new IllegalArgumentException(
                    "not the stream to be changed: it has no section "
                            + new SectionIdentity(key.idString(), key.instanceId(), 0).label());
        }
    }

    /// Returns the elements to add after the last section.
    private List<StreamElement> takeAdded() {
        Behind last = behind;
        behind = null;
        return last == null ? List.of() : last.added();
    }

    private List<StreamElement> changed(StreamElement element) throws IOException {
        memory.pass(element);
        return switch (element) {
            case Section.Full section -> {
                DeviceKey key = full.of(section.identity());
                boolean dropped = droppedWholes.contains(key);
                behind = new Behind(section.sectionId(), dropped, added(key));
                checkPlace(dropped);
                yield dropped
                        ? List.of()
                        : List.of(
                                identified(
                                        edited(section, edits.get(key)), renamedWholes.get(key)));
            }
            case Section.Start section -> {
                droppedIds.remove(section.sectionId());
                DeviceKey key = started.of(section.identity());
                if (droppedIteratives.contains(key)) {
                    droppedIds.add(section.sectionId());
                }
                memoryBegan |= section.identity().idString().equals(SectionNames.RAM);
                yield piece(identified(section, renamedIteratives.get(key)), section);
            }
            case Section section -> piece(section, section);
            case Command command when droppedCommands.contains(command.label()) -> {
                checkPlace(true);
                yield List.of();
            }
            case Command.Packaged(List<StreamElement> elements) -> {
                List<StreamElement> changed = new ArrayList<>();
                for (StreamElement inside : elements) {
                    changed.addAll(apply(inside));
                }
                changed.addAll(takeAdded());
                yield List.of(new Command.Packaged(changed));
            }
            case Configuration configuration when machineType != null -> {
                checkPlace(
                        machineType.getBytes(UTF_8).length
                                != configuration.machineType().getBytes(UTF_8).length);
                yield List.of(new Configuration(machineType, configuration.subsections()));
            }
            case Description description -> List.of(described(description));
            default -> List.of(element);
        };
    }

    /// Returns a section of an iterative device; nothing if the device is dropped.
    ///
    /// @param original the section as it is in the stream
    private List<StreamElement> piece(Section section, Section original) throws IOException {
        boolean dropped = droppedIds.contains(section.sectionId());
        behind = new Behind(section.sectionId(), dropped, List.of());
        if (dropped) {
            return List.of();
        }
        boolean ram = original.identity().idString().equals(SectionNames.RAM);
        return List.of(ram ? memory.apply(section, machine.limits()) : section);
    }

    /// Refuses to change the length of what is before the pages of a `mapped-ram` stream.
    private void checkPlace(boolean changesLength) {
        boolean mapped =
                machine.configuration()
                        .filter(c -> c.capabilities().contains(CapabilityNames.MAPPED_RAM))
                        .isPresent();
        if (changesLength && mapped && !memoryBegan) {
            throw new IllegalArgumentException(
                    "the pages of a mapped-ram stream have absolute offsets, so nothing before"
                            + " them can be left out or change its length");
        }
    }

    private static Section identified(Section section, @Nullable SectionIdentity identity) {
        if (identity == null) {
            return section;
        }
        return switch (section) {
            case Section.Start start ->
                    new Section.Start(start.sectionId(), identity, start.body());
            case Section.Full full -> new Section.Full(full.sectionId(), identity, full.body());
            default -> section;
        };
    }

    private List<StreamElement> added(DeviceKey predecessor) {
        List<StreamElement> elements = new ArrayList<>();
        for (Added added : additions.getOrDefault(predecessor, List.of())) {
            Body body = Body.of(added.editor().body());
            elements.add(new Section.Full(added.sectionId(), added.identity(), body));
            if (machine.footers() == Footers.USED) {
                elements.add(new SectionFooter(added.sectionId()));
            }
        }
        return elements;
    }

    private Section edited(Section.Full section, @Nullable Edited edited) {
        if (edited == null || !edited.editor().changed()) {
            return section;
        }
        long length = edited.whole().section().body().length();
        if (section.body().length() != length) {
            throw new IllegalArgumentException(
                    "not the stream to be changed: the section %s has %d bytes, not %d"
                            .formatted(
                                    section.identity().label(), section.body().length(), length));
        }
        return section.withBody(Body.of(edited.editor().body()));
    }

    private Description described(Description element) throws VMStateException {
        boolean same =
                machineType == null
                        && droppedWholes.isEmpty()
                        && additions.isEmpty()
                        && renamedWholes.isEmpty()
                        && edits.values().stream().noneMatch(e -> e.editor().changed());
        if (same) {
            return element;
        }
        Body json = element.json();
        VmDescription description =
                VmDescription.parse(json.memory(), json.offset(), machine.limits());
        Numbering numbering = new Numbering();
        Set<DeviceKey> described = new HashSet<>();
        List<JsonObject> unchanged = description.entries();
        List<JsonObject> entries = new ArrayList<>();
        for (int i = 0; i < description.devices().size(); i++) {
            DeviceDescription device = description.devices().get(i);
            DeviceKey key = numbering.of(device.name(), device.instanceId());
            Edited edited = edits.get(key);
            if (!droppedWholes.contains(key)) {
                entries.add(
                        named(
                                edited != null && edited.editor().changed()
                                        ? edited.editor().entry()
                                        : unchanged.get(i),
                                renamedWholes.get(key)));
            }
            described.add(key);
            for (Added added : additions.getOrDefault(key, List.of())) {
                entries.add(added.editor().entry());
            }
        }
        // Sections added after a section that the description lacks are described at its end.
        additions.forEach(
                (predecessor, more) -> {
                    if (!described.contains(predecessor)) {
                        more.forEach(added -> entries.add(added.editor().entry()));
                    }
                });
        VmDescription changed = description.withEntries(entries, machine.limits());
        return new Description(
                Body.of(
                        (machineType == null
                                        ? changed
                                        : changed.withMachineType(machineType, machine.limits()))
                                .text()));
    }

    /// Returns an entry of the description with another name.
    private static JsonObject named(JsonObject entry, @Nullable SectionIdentity identity) {
        return identity == null
                ? entry
                : entry.with(DescriptionKeys.NAME, new JsonString(identity.idString()))
                        .with(DescriptionKeys.INSTANCE_ID, new JsonNumber(identity.instanceId()));
    }
}
