// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.List;
import org.vmstate.inspect.Device;
import org.vmstate.state.StatePath;
import org.vmstate.stream.SectionIdentity;

/// The paths of devices.
final class Paths {
    /// The path of differences that concern the whole machine.
    static final StatePath CONFIGURATION =
            new StatePath(List.of(new StatePath.Section("configuration", 0)));

    private Paths() {}

    static StatePath of(Device device) {
        return of(device.identity());
    }

    static StatePath of(SectionIdentity identity) {
        return new StatePath(
                List.of(new StatePath.Section(identity.idString(), identity.instanceId())));
    }
}
