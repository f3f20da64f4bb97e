// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.machine;

import org.vmstate.devices.QemuRelease;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.SaveStateRegistry;
import org.vmstate.vmdesc.JsonStyle;

/// What a release of QEMU does in the same way for all machines without plugged devices: the ids of
/// the first sections, the commands, the description text.
///
/// QEMU registers `timer` (id 0), handlers that these machines do not use, `ram`, again handlers
/// that are not used, and then the devices of the machine.
///
/// | | 5.2, 7.2 | 10.0, 11.1 |
/// |---|---|---|
/// | id of `ram` | 2 | 1 |
/// | id of the first device of the machine | 4 | 3 |
/// | switchover-start | no | yes |
/// | configuration in the description text | no | yes |
///
/// The text of 5.2 has more spaces than that of later releases.
///
/// @param release the release
record QemuRules(QemuRelease release) {
    /// Returns a builder for a machine of this release.
    Machine.Builder machine(String type) {
        Machine.Builder builder = Machine.builder(type);
        if (isNew()) {
            builder.sendSwitchoverStart();
        } else {
            builder.omitConfigurationText();
        }
        if (!release.atLeast(QemuRelease.V7_2)) {
            builder.descriptionStyle(JsonStyle.SPACED);
        }
        return builder;
    }

    /// Sets the options of the memory.
    void ram(SaveStateRegistry.Options options) {
        options.sectionId(isNew() ? 1 : 2);
    }

    /// Sets the options of the first device after the memory.
    void firstDevice(SaveStateRegistry.Options options) {
        options.sectionId(isNew() ? 3 : 4);
    }

    private boolean isNew() {
        return release.atLeast(QemuRelease.V10_0);
    }
}
