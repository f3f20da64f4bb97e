// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.schema.Repetition;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaDump;
import org.vmstate.internal.schema.SchemaField;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The descriptions of all device types of a program for one machine type: what QEMU's
/// `-dump-vmstate` and [org.vmstate.savevm.Machine#dump()] write.
///
/// Immutable.
public final class MachineDescriptions {
    private final SchemaDump dump;
    private final boolean complete;
    private final Map<String, List<SchemaDump.Device>> byDescription = new LinkedHashMap<>();
    private final Map<String, SchemaDump.Device> byType = new LinkedHashMap<>();

    private MachineDescriptions(SchemaDump dump, boolean complete) {
        this.dump = dump;
        this.complete = complete;
        for (SchemaDump.Device device : dump.devices()) {
            byDescription
                    .computeIfAbsent(device.schema().name(), _ -> new ArrayList<>())
                    .add(device);
            byType.putIfAbsent(device.type(), device);
        }
    }

    /// Parses the JSON text of a dump.
    ///
    /// QEMU 5.2 aborts while it writes the dump of some machines. The device types before that are
    /// then used, and [#complete()] is false.
    ///
    /// Throws `CorruptException`, with the offset and path of the error, if the text is not such a
    /// dump, and `LimitExceededException` if it is too long or nested too deeply.
    public static MachineDescriptions parse(byte[] text, ReadLimits limits)
            throws VMStateException {
        byte[] whole = completed(text);
        return new MachineDescriptions(
                SchemaDump.parse(whole == null ? text : whole, limits), whole == null);
    }

    /// Returns the text without its last, incomplete device type; null if the text is complete.
    private static byte @Nullable [] completed(byte[] text) {
        int depth = 0;
        int end = 0;
        boolean inString = false;
        for (int i = 0; i < text.length; i++) {
            switch (text[i]) {
                case '"' -> inString = !inString;
                case '\\' -> i++;
                case '{', '[' -> depth += inString ? 0 : 1;
                case '}', ']' -> {
                    depth -= inString ? 0 : 1;
                    end = depth == 1 && !inString ? i + 1 : end;
                    if (depth == 0) {
                        return null;
                    }
                }
                default -> {}
            }
        }
        if (end == 0) {
            return null;
        }
        byte[] shorter = Arrays.copyOf(text, end + 1);
        shorter[end] = '}';
        return shorter;
    }

    /// The name of the machine type.
    public String machineType() {
        return dump.machine();
    }

    /// Whether the text was complete.
    public boolean complete() {
        return complete;
    }

    /// The number of device types.
    public int size() {
        return dump.devices().size();
    }

    List<SchemaDump.Device> devices() {
        return dump.devices();
    }

    /// The device types whose state has a description of this name.
    List<SchemaDump.Device> described(String name) {
        return byDescription.getOrDefault(name, List.of());
    }

    Optional<SchemaDump.Device> type(String name) {
        return Optional.ofNullable(byType.get(name));
    }

    /// Whether the text contains numbers of elements, which QEMU 7.2 and older do not write.
    boolean hasCounts() {
        return dump.devices().stream().anyMatch(device -> hasCounts(device.schema()));
    }

    private static boolean hasCounts(Schema schema) {
        return schema.fields().stream().anyMatch(MachineDescriptions::hasCounts)
                || schema.subsections().stream().anyMatch(MachineDescriptions::hasCounts);
    }

    private static boolean hasCounts(SchemaField field) {
        return field.repetition() instanceof Repetition.Times
                || field.nested().stream().anyMatch(MachineDescriptions::hasCounts);
    }
}
