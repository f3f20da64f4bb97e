// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// A timer that interrupts the processor periodically.
final class Timer implements Peripheral {
    /// The number of ticks since the last interrupt.
    static final int COUNT = 0;

    /// The number of ticks between two interrupts, 0 for none.
    static final int PERIOD = 4;

    /// What the period is multiplied by. Since release 2.
    static final int SCALE = 8;

    private final transient InterruptController interrupts;
    private int count;
    private int period;
    private int scale;

    Timer(InterruptController interrupts) {
        this.interrupts = interrupts;
        reset();
    }

    /// Brings the device to the state after power-on. A load begins with it, so that what an older
    /// stream does not contain has a defined value.
    private void reset() {
        count = 0;
        period = 0;
        scale = 1;
    }

    static final VMStateDescription<Timer> VMSTATE =
            VMStateDescription.builder("timer", Timer.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .preLoad(Timer::reset)
                    .fields(uint32("count"), uint32("period"), uint32("scale").sinceVersion(2))
                    .savableAt((timer, version) -> version >= 2 || timer.scale == 1)
                    .build();

    /// Lets one tick pass.
    void tick() {
        if (period != 0 && Integer.compareUnsigned(++count, period * scale) >= 0) {
            count = 0;
            interrupts.raise(InterruptController.TIMER);
        }
    }

    @Override
    public int read(int offset) {
        return switch (offset) {
            case COUNT -> count;
            case PERIOD -> period;
            case SCALE -> scale;
            default -> 0;
        };
    }

    @Override
    public void write(int offset, int value) {
        switch (offset) {
            case PERIOD -> period = value;
            case SCALE -> scale = value;
            default -> {}
        }
    }
}
