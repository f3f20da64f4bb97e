// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import org.example.chassis.Module;
import org.vmstate.VMStateDescription;

/// A power supply, whose superclass is in another module: its public and protected fields are bound
/// as the device's own, its private one is reached by functions.
final class PowerSupply extends Module implements Device {
    private double volts;
    private long started;

    static final VMStateDescription<PowerSupply> VMSTATE =
            VMStateDescription.builder("power-supply", PowerSupply.class, MethodHandles.lookup())
                    .fields(
                            int32Equal("slot").hint("plug the power supply into the same slot"),
                            int16("temperature"),
                            uint32("serial_number")
                                    .number(
                                            PowerSupply::serial,
                                            (PowerSupply p, long n) -> p.serialNumber((int) n)),
                            float64("volts"),
                            int64("started"))
                    .build();

    PowerSupply() {
        slot = 3;
    }

    private long serial() {
        return serialNumber();
    }

    @Override
    public void run() {
        temperature = 41;
        serialNumber(123_456);
        volts = 11.98;
        started = 1_700_000_000_000L;
    }
}
