// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The QEMU version that a machine type is named after, on which details of memory streams depend.
final class MachineVersion {
    private static final Pattern NAME = Pattern.compile("-([0-9]{1,3})\\.([0-9]{1,2})$");

    private MachineVersion() {}

    /// The version times 100, such as 801 for `pc-i440fx-8.1`; empty if the name has none.
    static OptionalInt of(String machineType) {
        Matcher version = NAME.matcher(machineType);
        return version.find()
                ? OptionalInt.of(
                        Integer.parseInt(version.group(1)) * 100
                                + Integer.parseInt(version.group(2)))
                : OptionalInt.empty();
    }
}
