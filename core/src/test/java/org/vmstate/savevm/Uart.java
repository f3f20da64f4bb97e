// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.RefusedException;

/// A device whose hook refuses a baud rate of 0.
final class Uart {
    int baud = 9600;
    byte status;
    final byte[] fifo = new byte[8];
    byte level;

    static final VMStateDescription<Uart> VMSTATE =
            VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(
                            uint32("baud"),
                            uint8("status"),
                            buffer("fifo", 8),
                            uint8("level").sinceVersion(2))
                    .postLoad(
                            (uart, _) -> {
                                if (uart.baud == 0) {
                                    throw new RefusedException("no baud rate");
                                }
                            })
                    .build();

    static Uart of(int baud) {
        Uart uart = new Uart();
        uart.baud = baud;
        return uart;
    }
}
