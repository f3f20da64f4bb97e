// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StatePattern;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.tool.show.Selection;
import org.vmstate.wire.WireReader;

/// The changes to a machine by paths across all devices.
///
/// Throws [IllegalArgumentException] for a change that is not possible.
final class Edits implements AutoCloseable {
    private static final Pattern ELEMENT = Pattern.compile("(.*)\\[(\\d{1,9})]");

    private final Terminal terminal;
    private final MachineEdit edit;
    private @Nullable MachineEdit source;
    private @Nullable StreamFile sourceFile;
    private @Nullable String countedBy;

    /// A value in the state of a device.
    private record Place(SectionEditor editor, StateNode node) {
        String path() {
            return node.path().toString();
        }
    }

    Edits(SavedMachine machine, Terminal terminal) {
        this.edit = new MachineEdit(machine);
        this.terminal = terminal;
    }

    /// The changes.
    MachineEdit edit() {
        return edit;
    }

    /// Sets the path of the field that counts the bytes or elements of what changes its length.
    void countedBy(@Nullable String path) {
        countedBy = path;
    }

    /// Takes the copies of [#add] from another stream.
    void source(String name) throws IOException, UsageException {
        StreamFile opened = Input.open(name, Input.Choice.DEFAULT, terminal);
        sourceFile = opened;
        WireReader reader = opened.reader().retained();
        SavedMachine machine = SavedMachine.read(MachineReader.overview(reader));
        if (machine.failure().isPresent()) {
            throw machine.failure().get().within(name);
        }
        source = new MachineEdit(machine);
    }

    /// The device with a label, such as `cpu#1`; there must be exactly one.
    Device device(String label) {
        StatePattern pattern = StatePattern.of(label);
        List<Device> found =
                edit.machine().devices().stream()
                        .filter(device -> pattern.matches(path(device)))
                        .toList();
        if (found.size() != 1) {
            throw new IllegalArgumentException(
                    (found.isEmpty() ? "no device " : "several devices ") + label);
        }
        return found.getFirst();
    }

    private static StatePath path(Device device) {
        return new StatePath(
                List.of(
                        new StatePath.Section(
                                device.identity().idString(), device.identity().instanceId())));
    }

    /// The values with a path; at least one.
    private static List<Place> places(MachineEdit in, String path)
            throws IOException, UsageException {
        StatePattern pattern = StatePattern.of(path);
        List<Place> places = new ArrayList<>();
        for (Device device : in.machine().devices()) {
            StatePath section = path(device);
            boolean whole = pattern.matches(section);
            if (device.whole().isEmpty()
                    || device.whole().get().description().isEmpty()
                    || (!whole && !pattern.leadsInto(section.section()))) {
                continue;
            }
            SectionEditor editor = in.section(device);
            StructNode root = editor.section().root();
            if (pattern.hasWildcards()) {
                pattern.findOutermost(root).forEach(node -> places.add(new Place(editor, node)));
            } else {
                StatePath.find(List.of(root), path)
                        .ifPresent(node -> places.add(new Place(editor, node)));
            }
        }
        if (places.isEmpty()) {
            throw Selection.nothingAt(in.machine(), path);
        }
        return places;
    }

    private static Place place(MachineEdit in, String path) throws IOException, UsageException {
        List<Place> places = places(in, path);
        if (places.size() > 1) {
            throw new IllegalArgumentException("several values have the path '" + path + "'");
        }
        return places.getFirst();
    }

    /// Sets all values with a path.
    void set(EditOptions.Assignment assignment) throws IOException, UsageException {
        String value = assignment.value();
        for (Place place : places(edit, assignment.path())) {
            if (!value.startsWith("@")) {
                place.editor().assign(place.path(), value);
                continue;
            }
            byte[] bytes = Files.readAllBytes(Path.of(value.substring(1)));
            if (countedBy == null) {
                place.editor().set(place.path(), bytes);
            } else {
                place.editor().set(place.path(), bytes, countedBy);
            }
        }
    }

    /// Inserts a copy of a part, so that it has a path.
    void add(EditOptions.Assignment assignment) throws IOException, UsageException {
        String path = assignment.path();
        Matcher element = ELEMENT.matcher(path);
        String from = assignment.value();
        MachineEdit origin = source == null ? edit : source;
        if (element.matches()) {
            Place container = place(edit, element.group(1));
            String copied = from.startsWith("[") ? element.group(1) + from : from;
            Place part = place(origin, copied);
            int index = Integer.parseInt(element.group(2));
            if (countedBy == null) {
                container.editor().insert(container.path(), index, part.editor().copy(part.path()));
            } else {
                container
                        .editor()
                        .insert(
                                container.path(),
                                index,
                                part.editor().copy(part.path()),
                                countedBy);
            }
            return;
        }
        Place part = place(origin, from);
        if (!(part.node() instanceof SubsectionNode)) {
            throw new UsageException(
                    "--add takes QUEUE[INDEX]=ELEMENT, or the path of a structure and a subsection,"
                            + " not "
                            + path
                            + "="
                            + from);
        }
        Place container = place(edit, path);
        if (!(container.node() instanceof StructNode struct)) {
            throw new UsageException(path + " is not a structure, to which a subsection belongs");
        }
        container
                .editor()
                .insert(
                        container.path(),
                        struct.subsections().size(),
                        part.editor().copy(part.path()));
    }

    /// Removes a part.
    void delete(String path) throws IOException, UsageException {
        Place place = place(edit, path);
        if (countedBy == null) {
            place.editor().remove(place.path());
        } else {
            place.editor().remove(place.path(), countedBy);
        }
    }

    /// Removes all subsections with a path.
    void dropSubsection(String path) throws IOException, UsageException {
        for (Place place : places(edit, path)) {
            if (!(place.node() instanceof SubsectionNode)) {
                throw new IllegalArgumentException(place.path() + " is not a subsection");
            }
            place.editor().remove(place.path());
        }
    }

    /// Copies a field of the other stream to the same place, or replaces the one there.
    void takeField(String path) throws IOException, UsageException {
        if (source == null) {
            throw new UsageException("--take-field takes the field of the stream of --from");
        }
        Place taken = place(source, path);
        if (!(taken.node().parent().orElse(null) instanceof StructNode struct)) {
            throw new IllegalArgumentException(path + " is not a field of a structure");
        }
        Place target = place(edit, struct.pathText());
        if (!(target.node() instanceof StructNode fields)) {
            throw new IllegalArgumentException(struct.pathText() + " is not a structure");
        }
        SectionEditor editor = target.editor();
        int index = index(fields, taken.node());
        if (index >= 0) {
            editor.removeField(fields.fields().get(index).path().toString());
        } else {
            index = 0;
            for (int i = struct.fields().indexOf(taken.node()) - 1; i >= 0 && index == 0; i--) {
                index = index(fields, struct.fields().get(i)) + 1;
            }
        }
        editor.insert(target.path(), index, taken.editor().copy(taken.node().path().toString()));
    }

    /// The index of the field of the same name, or -1.
    private static int index(StructNode struct, StateNode field) {
        StatePath.Step step = field.path().steps().getLast();
        for (int i = 0; i < struct.fields().size(); i++) {
            if (struct.fields().get(i).path().steps().getLast().equals(step)) {
                return i;
            }
        }
        return -1;
    }

    /// Removes a field.
    void dropField(String path) throws IOException, UsageException {
        Place place = place(edit, path);
        place.editor().removeField(place.path());
    }

    /// Removes a field and those after it.
    void dropFieldsFrom(String path) throws IOException, UsageException {
        Place place = place(edit, path);
        place.editor().removeFieldsFrom(place.path());
    }

    /// Renames a device.
    void rename(EditOptions.Assignment assignment) throws UsageException {
        String name = assignment.value();
        int at = name.lastIndexOf('#');
        long instance = 0;
        if (at > 0) {
            instance = new EditOptions.Assignment(name, name.substring(at + 1)).number();
            name = name.substring(0, at);
        }
        edit.rename(device(assignment.path()), name, instance);
    }

    @Override
    public void close() throws IOException {
        if (sourceFile != null) {
            sourceFile.close();
        }
    }
}
