// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;

/// What a path on the command line stands for: a device, or a value in one; with `*` in it, all
/// devices whose names fit.
///
/// @param device the device
/// @param decoded its state, unless nothing describes it
/// @param node the value, unless nothing describes the device
record Selection(Device device, Optional<DecodedSection> decoded, Optional<StateNode> node) {
    /// Everything that `path` stands for, in the order of the stream.
    static List<Selection> of(SavedMachine machine, String path) {
        List<Selection> found = new ArrayList<>();
        boolean pattern = path.contains("*");
        for (Device device : machine.devices()) {
            String label = device.identity().label();
            if (pattern ? glob(path).matcher(label).matches() : label.equals(path)) {
                found.add(whole(machine, device));
            }
        }
        return found.isEmpty() && !pattern ? inside(machine, path) : found;
    }

    private static Selection whole(SavedMachine machine, Device device) {
        Optional<DecodedSection> decoded = device.whole().flatMap(machine::decode);
        return new Selection(device, decoded, decoded.map(DecodedSection::root));
    }

    private static List<Selection> inside(SavedMachine machine, String path) {
        for (Device device : machine.devices()) {
            String name = device.identity().idString();
            if (path.startsWith(name) && device.whole().isPresent()) {
                Optional<DecodedSection> decoded = machine.decode(device.whole().get());
                Optional<StateNode> node =
                        decoded.flatMap(d -> StatePath.find(List.of(d.root()), path));
                if (node.isPresent()) {
                    return List.of(new Selection(device, decoded, node));
                }
            }
        }
        return List.of();
    }

    private static Pattern glob(String path) {
        StringBuilder regex = new StringBuilder();
        for (String literal : path.split("\\*", -1)) {
            regex.append(Pattern.quote(literal)).append(".*");
        }
        regex.setLength(regex.length() - 2);
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
