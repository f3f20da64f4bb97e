// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.Optional;
import org.vmstate.VMStateDescription;

/// A serial port. Version 2 added the fields from the scratch register on; a subsection is sent
/// while a break lasts.
final class Uart implements Device {
    private int divisor = 1;
    private boolean breakPending;
    private final byte[] fifo = new byte[16];
    private int fifoUsed;
    private byte scratch;
    private char last = '?';
    private Parity parity = Parity.NONE;
    private String label = "";
    private Optional<Integer> interruptLine = Optional.empty();
    private long breakUntil = -1;
    private transient boolean interrupt;

    private static final VMStateDescription<Uart> BREAK =
            VMStateDescription.builder("uart/break", Uart.class, MethodHandles.lookup())
                    .needed(u -> u.breakUntil >= 0)
                    .fields(timer("break_until"))
                    .build();

    private enum Parity {
        NONE,
        ODD,
        EVEN
    }

    static final VMStateDescription<Uart> VMSTATE =
            VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(
                            uint16("divisor"),
                            bool("break_pending"),
                            uint32("fifo_used"),
                            validate("fifo_used_in_range", (Uart u, int v) -> u.fifoUsed <= 16),
                            buffer("fifo", 16),
                            unused(2),
                            uint8("scratch").sinceVersion(2),
                            uint16("last").sinceVersion(2),
                            uint8("parity")
                                    .constants(Parity.class, Parity::ordinal)
                                    .sinceVersion(2),
                            string("label", 64).sinceVersion(2),
                            optional("interrupt_line", Integer.class, uint32("value"))
                                    .sinceVersion(2))
                    .subsections(BREAK)
                    .postLoad((u, version) -> u.interrupt = u.fifoUsed > 0)
                    .build();

    @Override
    public void run() {
        divisor = 12;
        Arrays.fill(fifo, (byte) 'x');
        fifoUsed = 9;
        interrupt = true;
        scratch = -1;
        last = 'ß';
        parity = Parity.EVEN;
        label = "console";
        interruptLine = Optional.of(4);
        breakPending = true;
        breakUntil = 1_000_000;
    }

    boolean interrupt() {
        return interrupt;
    }

    int scratch() {
        return scratch;
    }
}
