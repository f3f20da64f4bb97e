// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.vmstate.internal.schema.SchemaDump;

/// Writes the descriptions of a machine's device types in the format of QEMU's `-dump-vmstate`.
///
/// Comparing two dumps with QEMU's `vmstate-static-checker.py` shows whether a machine can be
/// migrated from one version of a program to another. Where QEMU's dump contains the size of a
/// value in memory, this one contains its size on the wire. Further properties of the wire format
/// are in additional keys, which contain a colon (`docs/format/schema.md`).
public final class VMStateDump {
    private VMStateDump() {}

    /// Returns the JSON text, in UTF-8, for a machine type whose device types have these
    /// descriptions.
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
