// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.example.chassis.Module;
import org.vmstate.VMStateDescription;

/// A power supply, whose superclass is in another module. Its public and protected fields are bound
/// like those of the device, its private one is accessed by functions.
final class PowerSupply extends Module implements Device {
    private double volts;
    private float amperes;
    private Integer fanSpeed = 0;
    private final ByteBuffer display = ByteBuffer.allocate(4);
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
                            uint32("amperes"),
                            uint32("fan_speed"),
                            buffer("display", 4),
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
        amperes = 2.5f;
        fanSpeed = 1_200;
        display.put(0, "12V ".getBytes(StandardCharsets.US_ASCII));
        started = 1_700_000_000_000L;
    }
}
