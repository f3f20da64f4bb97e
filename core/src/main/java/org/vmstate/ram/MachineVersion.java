// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The QEMU version in the name of a machine type, which determines details of memory streams.
final class MachineVersion {
    private static final Pattern NAME = Pattern.compile("-([0-9]{1,3})\\.([0-9]{1,2})$");

    private MachineVersion() {}

    /// The major version times 100 plus the minor one, such as 801 for `pc-i440fx-8.1`; empty if
    /// the name contains none.
    static OptionalInt of(String machineType) {
        Matcher version = NAME.matcher(machineType);
        return version.find()
                ? OptionalInt.of(
                        Integer.parseInt(version.group(1)) * 100
                                + Integer.parseInt(version.group(2)))
                : OptionalInt.empty();
    }
}
