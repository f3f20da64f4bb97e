// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.validate;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.vmstate.VMStateDescription;

/// A serial port. Bytes that the processor sends go to the host at once.
///
/// In release 1 a byte that arrived before the last one was read was lost; since release 2 it waits
/// in a queue.
final class Uart implements Peripheral {
    /// Writing it sends a byte, reading it returns the byte that was received.
    static final int DATA = 0;

    /// 1 if a byte was received, else 0.
    static final int READY = 4;

    private static final int FIFO_BYTES = 16;

    private final transient InterruptController interrupts;
    private final transient IntConsumer host;
    private byte received;
    private boolean ready;
    private final byte[] fifo = new byte[FIFO_BYTES];
    private int fifoUsed;

    Uart(InterruptController interrupts, IntConsumer host) {
        this.interrupts = interrupts;
        this.host = host;
    }

    /// Without it, a load of a stream without the subsection would keep the bytes that wait now.
    private void reset() {
        received = 0;
        ready = false;
        Arrays.fill(fifo, (byte) 0);
        fifoUsed = 0;
    }

    /// The bytes behind the first one. It is sent only if there are any, so that otherwise release
    /// 1 can load the stream.
    static final VMStateDescription<Uart> FIFO =
            VMStateDescription.builder("uart/fifo", Uart.class, MethodHandles.lookup())
                    .needed(uart -> uart.fifoUsed != 0)
                    .fields(
                            uint32("fifo_used"),
                            validate(
                                    "fifo_used_in_range",
                                    (Uart uart, int _) ->
                                            uart.fifoUsed >= 0 && uart.fifoUsed <= FIFO_BYTES),
                            buffer("fifo", FIFO_BYTES))
                    .build();

    static final VMStateDescription<Uart> VMSTATE =
            VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                    .preLoad(Uart::reset)
                    .fields(uint8("received"), bool("ready"))
                    .subsections(FIFO)
                    .build();

    /// Receives a byte from the host; it is lost if the queue is full.
    void receive(byte value) {
        if (!ready) {
            received = value;
            ready = true;
        } else if (fifoUsed < FIFO_BYTES) {
            fifo[fifoUsed++] = value;
        }
        interrupts.raise(InterruptController.UART);
    }

    @Override
    public int read(int offset) {
        return switch (offset) {
            case DATA -> next();
            case READY -> ready ? 1 : 0;
            default -> 0;
        };
    }

    private int next() {
        int value = Byte.toUnsignedInt(received);
        ready = fifoUsed != 0;
        if (ready) {
            received = fifo[0];
            fifoUsed--;
            System.arraycopy(fifo, 1, fifo, 0, fifoUsed);
        }
        return value;
    }

    @Override
    public void write(int offset, int value) {
        if (offset == DATA) {
            host.accept(value & 0xff);
        }
    }
}
