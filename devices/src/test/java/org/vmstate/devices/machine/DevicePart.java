// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import org.vmstate.savevm.Machine;
import org.vmstate.savevm.SaveStateEntry;

/// The part of a stream behind its memory: the footer of the memory's END section, the sections of
/// all devices, the end, the description text.
final class DevicePart {
    private DevicePart() {}

    /// Checks that a machine saved the same as QEMU in this part, and the switchover-start as QEMU
    /// did or did not.
    static void assertSame(byte[] saved, byte[] qemus, Machine machine) {
        String ours = new String(saved, ISO_8859_1);
        String theirs = new String(qemus, ISO_8859_1);
        String id = "\0\0\0" + (char) ramId(machine);
        String footer = "~" + id + "\4\0\0\0\0\5timer";
        assertThat(theirs).contains(footer);
        assertThat(ours.substring(ours.indexOf(footer)))
                .isEqualTo(theirs.substring(theirs.indexOf(footer)));
        String command = "\u0008\0\u000b\0\0\3" + id;
        assertThat(ours.contains(command)).isEqualTo(theirs.contains(command));
    }

    private static long ramId(Machine machine) {
        return machine.registry().entries().stream()
                .filter(entry -> entry.idString().equals("ram"))
                .mapToLong(SaveStateEntry::sectionId)
                .findFirst()
                .orElseThrow();
    }
}
