// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import org.jspecify.annotations.Nullable;
import org.vmstate.devices.CpuTimers;
import org.vmstate.devices.QemuRelease;
import org.vmstate.devices.UserNetwork;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.SaveStateRegistry;
import org.vmstate.vmdesc.JsonStyle;

/// The part of a machine that a release of QEMU makes in the same way for all machines without
/// plugged devices: the first sections with their ids, the command, the description text.
///
/// QEMU registers `timer` (id 0), handlers that these machines do not use, `ram`, again handlers
/// that are not used, and then the devices of the machine.
///
/// | | 5.2 | 7.2 | 10.0, 11.1 |
/// |---|---|---|---|
/// | id of `ram` | 2 | 2 | 1 |
/// | id of the first device of the machine | 4 | 4 | 3 |
/// | the section `slirp` | has id 1 | is the first device | has id 1 |
/// | switchover-start | no | no | yes |
/// | configuration in the description text | no | no | yes |
/// | style of the description text | spaced | compact | compact |
///
/// @param network the state of the network in user mode, if the machine has one
record QemuRules(QemuRelease release, @Nullable UserNetwork network) {
    /// Returns a builder for a machine of this release, with the devices before its own ones.
    Machine.Builder machine(String type, GuestMemory memory, CpuTimers timers) {
        Machine.Builder builder = Machine.builder(type);
        if (isNew()) {
            builder.sendSwitchoverStart();
        } else {
            builder.omitConfigurationText();
        }
        if (!release.atLeast(QemuRelease.V7_2)) {
            builder.descriptionStyle(JsonStyle.SPACED);
        }
        builder.device("timer", CpuTimers.VMSTATE, timers);
        long first = isNew() ? 1 : 2;
        if (network == null) {
            return builder.ram(memory, options -> options.sectionId(first));
        }
        if (release == QemuRelease.V7_2) {
            return builder.ram(memory, options -> options.sectionId(first))
                    .opaque("slirp", network, options -> options.sectionId(first + 2));
        }
        return builder.opaque("slirp", network)
                .ram(memory, options -> options.sectionId(first + 1));
    }

    /// Sets the options of the machine's first device of its own.
    void firstDevice(SaveStateRegistry.Options options) {
        options.sectionId((isNew() ? 3 : 4) + (network == null ? 0 : 1));
    }

    private boolean isNew() {
        return release.atLeast(QemuRelease.V10_0);
    }
}
