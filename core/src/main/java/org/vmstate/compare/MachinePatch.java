// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.state.TextNode;
import org.vmstate.stream.Body;
import org.vmstate.wire.VMStateException;

/// The changes of a difference: applied to the first machine, they give the second one, except
/// differences of form, the configuration and the memory.
///
/// Values of the same size are set one by one. A section that differs in more than such values is
/// replaced by that of the second machine, with its description. Differences that the rules of the
/// comparison allow are not applied.
public final class MachinePatch {
    private final MachineEdit edit;
    private final SavedMachine before;
    private final SavedMachine after;

    private MachinePatch(MachineEdit edit, SavedMachine after) {
        this.edit = edit;
        this.before = edit.machine();
        this.after = after;
    }

    /// Adds the changes to an edit of the first machine.
    ///
    /// @param diff the differences between the machine of the edit and `after`
    /// @param after the second machine; its source must stay open
    /// @throws IllegalArgumentException if a difference cannot be applied: the machine type, the
    ///   state of an iterative device, a section without a description, or differences that are not
    ///   in the list because they are too many
    public static void apply(MachineDiff diff, MachineEdit edit, SavedMachine after)
            throws VMStateException {
        if (diff.omitted() > 0) {
            throw new IllegalArgumentException(diff.omitted() + " differences are not in the list");
        }
        new MachinePatch(edit, after).apply(diff.differences());
    }

    /// A device by its name and instance id, and its number among those with the same ones.
    private record Key(StatePath.Section section, int number) {}

    private void apply(List<Difference> differences) throws VMStateException {
        Map<Key, List<Difference>> inDevices = new LinkedHashMap<>();
        List<Device> added = new ArrayList<>();
        for (Difference difference : differences) {
            if (difference instanceof Difference.DeviceOnly(Side side, Device device)) {
                if (side == Side.BEFORE) {
                    edit.drop(device);
                } else {
                    added.add(device);
                }
            } else if (!(difference instanceof Difference.PropertyChange property)
                    || !property.form()) {
                inDevices.computeIfAbsent(key(difference), _ -> new ArrayList<>()).add(difference);
            }
        }
        for (Map.Entry<Key, List<Difference>> entry : inDevices.entrySet()) {
            device(entry.getKey(), entry.getValue());
        }
        for (Device device : added) {
            edit.insertAfter(predecessor(device), after, device);
        }
    }

    /// The device that a difference is in.
    private Key key(Difference difference) {
        return switch (difference) {
            case Difference.ValueChange value -> key(before, value.before());
            case Difference.PartOnly(Side side, StateNode node) ->
                    key(side == Side.BEFORE ? before : after, node);
            default -> new Key(difference.path().section(), 0);
        };
    }

    private static Key key(SavedMachine machine, StateNode node) {
        StatePath.Section section = node.path().section();
        int number = 0;
        for (Device device : machine.devices()) {
            if (Paths.of(device).section().equals(section) && device.whole().isPresent()) {
                Body body = device.whole().get().section().body();
                if (node.offset() >= body.offset()
                        && node.offset() <= body.offset() + body.length()) {
                    break;
                }
                number++;
            }
        }
        return new Key(section, number);
    }

    private void device(Key key, List<Difference> differences) throws VMStateException {
        Device device = device(before, key);
        Device other = device(after, key);
        if (device == null || other == null || device.whole().isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot be applied: " + differences.getFirst().pathText());
        }
        Optional<List<Difference.ValueChange>> values = values(differences);
        if (values.isEmpty()) {
            edit.drop(device);
            edit.insertAfter(device, after, other);
            return;
        }
        SectionEditor editor = edit.section(device);
        for (Difference.ValueChange value : values.get()) {
            editor.set(
                    value.before().path().toString(),
                    value.after().bytes().toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /// The differences, if they are only in values of the same size.
    private static Optional<List<Difference.ValueChange>> values(List<Difference> differences) {
        List<Difference.ValueChange> values = new ArrayList<>();
        for (Difference difference : differences) {
            if (difference instanceof Difference.ValueChange value
                    && value.before() instanceof LeafNode
                    && value.after() instanceof LeafNode
                    && value.before().getClass() == value.after().getClass()
                    && value.before().length() == value.after().length()
                    && value.before().path().equals(value.after().path())
                    && settable(value.before())) {
                values.add(value);
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }

    /// Whether a value can be set by its bytes, alone and by its path.
    private static boolean settable(StateNode node) {
        for (Optional<StateNode> n = Optional.of(node); n.isPresent(); n = n.get().parent()) {
            if (n.get() instanceof CompositeNode
                    || n.get() instanceof TextNode
                    || n.get() instanceof NullNode) {
                return false;
            }
        }
        StateNode root = node;
        while (root.parent().isPresent()) {
            root = root.parent().get();
        }
        return node.path()
                .in(List.of((StructNode) root))
                .filter(found -> found.offset() == node.offset())
                .isPresent();
    }

    private static @Nullable Device device(SavedMachine machine, Key key) {
        return machine.devices().stream()
                .filter(device -> Paths.of(device).section().equals(key.section()))
                .skip(key.number())
                .findFirst()
                .orElse(null);
    }

    /// The last device of the first machine that the second one has before `device`.
    private Device predecessor(Device device) {
        Device found = null;
        for (Device other : after.devices()) {
            if (other.offset() == device.offset()) {
                break;
            }
            Device same = device(before, new Key(Paths.of(other).section(), 0));
            if (same != null && same.whole().isPresent()) {
                found = same;
            }
        }
        if (found == null) {
            throw new IllegalArgumentException(
                    "no device before " + device.identity().label() + " is in both machines");
        }
        return found;
    }
}
