// SPDX-License-Identifier: Apache-2.0
package org.example.board.internal;

import java.util.List;
import org.example.board.Device;

/// The devices of this package, for the rest of the module.
public final class InternalDevices {
    private InternalDevices() {}

    /// The kinds of devices.
    public static List<Device.Kind<?>> kinds() {
        return List.of(
                new Device.Kind<>(NetworkCard.VMSTATE, NetworkCard::new),
                new Device.Kind<>(DmaEngine.VMSTATE, DmaEngine::new),
                new Device.Kind<>(EventLog.VMSTATE, EventLog::new));
    }
}
