// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;

/// The fields that a test of the state includes, as far as streams show it: some bodies of a
/// description have them and others in the same stream have not.
///
/// A description of one name can belong to different devices of a machine; the result is then too
/// large, which only makes a comparison more lenient.
final class StateTests {
    /// No fields.
    static final StateTests NONE = new StateTests();

    private final Map<String, Set<String>> varying = new HashMap<>();

    /// Adds what a stream shows.
    void add(SavedMachine stream) {
        Map<String, Set<String>> all = new HashMap<>();
        Map<String, Set<String>> common = new HashMap<>();
        for (Device device : stream.devices()) {
            device.whole()
                    .flatMap(Device.Whole::description)
                    .ifPresent(d -> collect(d.body(), all, common));
        }
        for (Map.Entry<String, Set<String>> entry : all.entrySet()) {
            Set<String> names = entry.getValue();
            names.removeAll(common.getOrDefault(entry.getKey(), Set.of()));
            if (!names.isEmpty()) {
                varying.computeIfAbsent(entry.getKey(), _ -> new HashSet<>()).addAll(names);
            }
        }
    }

    private static void collect(
            StructDescription body, Map<String, Set<String>> all, Map<String, Set<String>> common) {
        Set<String> names = new HashSet<>();
        for (FieldDescription field : body.fields()) {
            names.add(FieldComparison.unnumbered(field.name()));
            field.struct().ifPresent(inside -> collect(inside, all, common));
            field.elements().forEach(element -> collect(element, all, common));
        }
        body.subsections().forEach(subsection -> collect(subsection, all, common));
        if (!names.isEmpty()) {
            all.computeIfAbsent(body.vmsdName(), _ -> new HashSet<>()).addAll(names);
            Set<String> before = common.get(body.vmsdName());
            if (before == null) {
                common.put(body.vmsdName(), names);
            } else {
                before.retainAll(names);
            }
        }
    }

    /// The names of the fields of a description that only some bodies have.
    Set<String> of(String description) {
        return varying.getOrDefault(description, Set.of());
    }
}
