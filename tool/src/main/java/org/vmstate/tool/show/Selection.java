// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StatePattern;
import org.vmstate.tool.UsageException;

/// A device or value that a path on the command line selects.
///
/// @param device the device
/// @param decoded the device's state, if it has a description
/// @param node the value, if the device has a description
public record Selection(Device device, Optional<DecodedSection> decoded, Optional<StateNode> node) {
    private static final int MOST_HINTS = 8;

    /// Everything that a path, with or without wildcards, selects, in the order of the stream.
    /// Children of a selected value are not selected again. A path without wildcards selects one
    /// value of a device.
    public static List<Selection> of(SavedMachine machine, String path) throws UsageException {
        StatePattern pattern;
        try {
            pattern = StatePattern.of(path);
        } catch (IllegalArgumentException _) {
            throw new UsageException("'" + path + "': the closing quote is missing");
        }
        List<Selection> found = new ArrayList<>();
        for (Device device : machine.devices()) {
            StatePath.Section section =
                    new StatePath.Section(
                            device.identity().idString(), device.identity().instanceId());
            if (pattern.matches(new StatePath(List.of(section)))) {
                Optional<DecodedSection> decoded = decode(machine, device);
                found.add(new Selection(device, decoded, decoded.map(DecodedSection::root)));
            } else if (pattern.leadsInto(section)) {
                Optional<DecodedSection> decoded = decode(machine, device);
                decoded.map(d -> pattern.findOutermost(d.root())).orElse(List.of()).stream()
                        .limit(pattern.hasWildcards() ? Long.MAX_VALUE : 1)
                        .map(node -> new Selection(device, decoded, Optional.of(node)))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /// The first selection in each device.
    static List<Selection> eachDeviceOnce(List<Selection> selections) {
        Set<Device> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        return selections.stream().filter(selection -> seen.add(selection.device())).toList();
    }

    private static Optional<DecodedSection> decode(SavedMachine machine, Device device) {
        return device.whole().flatMap(machine::decode);
    }

    /// Returns the error of a path that selects nothing.
    public static UsageException nothingAt(SavedMachine machine, String path)
            throws UsageException {
        return new UsageException(
                "nothing in the stream has the path '" + path + "'" + hint(machine, path));
    }

    /// A hint for the error message: the longest part of the path that exists, or a device with a
    /// similar name.
    private static String hint(SavedMachine machine, String path) throws UsageException {
        if (path.contains("*") || path.contains("\"")) {
            return "; without a PATH all devices are listed";
        }
        for (int end = path.length() - 1; end > 0; end--) {
            if (".[/#".indexOf(path.charAt(end)) >= 0) {
                List<Selection> found = of(machine, path.substring(0, end));
                if (!found.isEmpty()) {
                    return "; there is '" + path.substring(0, end) + "'" + inside(found.getFirst());
                }
            }
        }
        String lower = path.toLowerCase(Locale.ROOT);
        String near =
                machine.devices().stream()
                        .map(d -> d.identity().label())
                        .filter(label -> label.toLowerCase(Locale.ROOT).contains(lower))
                        .limit(MOST_HINTS)
                        .map(label -> "'" + label + "'")
                        .collect(Collectors.joining(", "));
        return near.isEmpty() ? "; without a PATH all devices are listed" : "; there is " + near;
    }

    private static String inside(Selection selection) {
        return switch (selection.node().orElse(null)) {
            case null -> ", whose state nothing describes";
            case ArrayNode array -> " with " + Amounts.counted(array.size(), "element");
            case QueueNode queue -> " with " + Amounts.counted(queue.elements().size(), "element");
            case StateNode node ->
                    node.children().isEmpty()
                            ? ""
                            : " with "
                                    + node.children().stream()
                                            .map(StateNode::name)
                                            .distinct()
                                            .limit(MOST_HINTS)
                                            .collect(Collectors.joining(", "))
                                    + (node.children().size() > MOST_HINTS ? ", …" : "");
        };
    }
}
