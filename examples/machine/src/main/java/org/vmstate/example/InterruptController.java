// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// Collects the interrupts of the peripherals for the processor.
///
/// Release 1 called its section `pic`; the description has not changed.
final class InterruptController implements Peripheral {
    /// The lines that are raised, one bit each; read only.
    static final int PENDING = 0;

    /// The lines that interrupt the processor, one bit each.
    static final int ENABLED = 4;

    /// Reading it returns the number of a line that is raised and enabled, and lowers the line;
    /// [#NONE] if there is none.
    static final int CLAIM = 8;

    static final int NONE = 0;
    static final int TIMER = 1;
    static final int UART = 2;
    static final int DMA = 3;

    private int pending;
    private int enabled;

    private void reset() {
        pending = 0;
        enabled = 0;
    }

    static final VMStateDescription<InterruptController> VMSTATE =
            VMStateDescription.builder(
                            "interrupt-controller",
                            InterruptController.class,
                            MethodHandles.lookup())
                    .preLoad(InterruptController::reset)
                    .fields(uint32("pending"), uint32("enabled"))
                    .build();

    /// Raises a line. It stays raised until it is claimed.
    void raise(int line) {
        pending |= 1 << line;
    }

    /// Whether the processor is to be interrupted.
    boolean asserted() {
        return (pending & enabled) != 0;
    }

    @Override
    public int read(int offset) {
        return switch (offset) {
            case PENDING -> pending;
            case ENABLED -> enabled;
            case CLAIM -> claim();
            default -> 0;
        };
    }

    private int claim() {
        if (!asserted()) {
            return NONE;
        }
        int line = Integer.numberOfTrailingZeros(pending & enabled);
        pending &= ~(1 << line);
        return line;
    }

    @Override
    public void write(int offset, int value) {
        if (offset == ENABLED) {
            enabled = value & (1 << TIMER | 1 << UART | 1 << DMA);
        }
    }
}
