// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The first version of the device of `docs/guide/declare-device-state.md`.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class DeclareFirstVersion {
    private DeclareFirstVersion() {}

    static final class Uart {
        private int divisor = 1;
        private boolean breakPending;
        private final byte[] fifo = new byte[16];
        private int fifoUsed;

        static final VMStateDescription<Uart> VMSTATE =
                VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                        .fields(
                                uint16("divisor"),
                                bool("break_pending"),
                                uint32("fifo_used"),
                                buffer("fifo", 16))
                        .build();

        void write(int value) {
            fifo[fifoUsed++] = (byte) value;
            breakPending |= divisor == 0;
        }
    }

    static void migrate(Uart uart, WritableByteChannel to) throws IOException {
        WireWriter writer = WireWriter.to(to);
        Uart.VMSTATE.save(writer, uart);
        writer.flush();
    }

    static Uart arrive(ReadableByteChannel from) throws IOException {
        WireReader reader = WireReader.of(from, ReadLimits.DEFAULT);
        return Uart.VMSTATE.load(reader, Uart::new, 1);
    }
}
