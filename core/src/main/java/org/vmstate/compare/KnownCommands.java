// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Command;

/// The versions of QEMU that introduced commands and capabilities.
///
/// From `enum qemu_vm_cmd` and `MigrationCapability`, whose documentation states the versions.
final class KnownCommands {
    private static final Map<Integer, QemuVersion> COMMANDS =
            Map.of(
                    1, new QemuVersion(2, 5),
                    2, new QemuVersion(2, 5),
                    3, new QemuVersion(2, 5),
                    4, new QemuVersion(2, 5),
                    5, new QemuVersion(2, 5),
                    6, new QemuVersion(2, 5),
                    7, new QemuVersion(2, 5),
                    8, new QemuVersion(3, 1),
                    9, new QemuVersion(3, 0),
                    10, new QemuVersion(3, 0));

    /// `switchover_start`, which QEMU 10.0 sends and 7.2 does not know.
    private static final int SWITCHOVER_START = 11;

    private static final QemuVersion SWITCHOVER_SINCE = new QemuVersion(10, 0);

    /// The capabilities that a destination compares with those in the configuration.
    private static final Map<String, QemuVersion> COMPARED =
            Map.of(
                    "x-ignore-shared", new QemuVersion(4, 0),
                    "mapped-ram", new QemuVersion(9, 0));

    private KnownCommands() {}

    /// The first version that knows a command; null if no version is known to.
    static @Nullable QemuVersion since(int code) {
        return code == SWITCHOVER_START ? SWITCHOVER_SINCE : COMMANDS.get(code);
    }

    /// The first version that compares a capability; null if none does.
    static @Nullable QemuVersion capabilitySince(String name) {
        return COMPARED.get(name);
    }

    /// The number of bytes of a command's data, for QEMU's message.
    static int length(Command command) {
        return switch (command) {
            case Command.Ping _, Command.Packaged _ -> 4;
            case Command.ReceiveBitmap(String block) -> 1 + block.length();
            default -> 0;
        };
    }
}
