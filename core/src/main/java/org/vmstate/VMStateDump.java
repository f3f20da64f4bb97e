// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.vmstate.internal.schema.SchemaDump;

/// The descriptions of a machine's device types as text in the form of QEMU's `-dump-vmstate`.
///
/// Two such texts show whether a machine can be migrated from one version of a program to another:
/// QEMU's `vmstate-static-checker.py` compares them. Where QEMU's dump has the size of a value in
/// memory, this one has the size on the wire; what else it says of the wire stands under keys of
/// its own, which contain a colon (`docs/format/schema.md`).
public final class VMStateDump {
    private VMStateDump() {}

    /// The JSON text, in UTF-8, for a machine type whose device types have these descriptions.
    public static byte[] of(
            String machine, SequencedMap<String, ? extends VMStateDescription<?>> devices) {
        List<SchemaDump.Device> dumped = new ArrayList<>();
        for (Map.Entry<String, ? extends VMStateDescription<?>> device : devices.entrySet()) {
            VMStateDescription<?> description = device.getValue();
            dumped.add(
                    new SchemaDump.Device(
                            device.getKey(),
                            description.versionId(),
                            description.minimumVersionId(),
                            description.declaration().schema()));
        }
        return new SchemaDump(machine, dumped).toByteArray();
    }
}
