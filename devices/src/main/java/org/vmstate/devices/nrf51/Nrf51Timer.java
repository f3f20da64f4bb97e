// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.int64;
import static org.vmstate.VMStateFields.timer;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// The section `nrf51_soc.timer`: one of the three timers of an nRF51, instances 0 to 2.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_nrf51_timer`.
public final class Nrf51Timer {
    /// The number of compare registers.
    public static final int REGISTERS = 4;

    /// The time of the next compare event in nanoseconds, -1 if none is awaited.
    public long timer = -1;

    /// The time at which the timer was started, in nanoseconds.
    public long timerStartNs;

    /// The time to which [#counter] belongs, in nanoseconds.
    public long updateCounterNs;

    /// The counter; u32.
    public int counter;

    /// Whether the timer runs.
    public boolean running;

    /// The registers EVENTS_COMPARE: 1 if the event has happened.
    public final byte[] eventsCompare = new byte[REGISTERS];

    /// The compare registers CC; u32 each.
    public final int[] cc = new int[REGISTERS];

    /// The register SHORTS; u32.
    public int shorts;

    /// The register INTEN; u32.
    public int inten;

    /// The register MODE: 0 timer, 1 counter; u32.
    public int mode;

    /// The register BITMODE: 0 for 16 bits, 1 for 8, 2 for 24, 3 for 32; u32.
    public int bitmode;

    /// The register PRESCALER: a power of two by which 16 MHz are divided; u32.
    public int prescaler;

    /// Creates a device whose values are all zero.
    public Nrf51Timer() {}

    /// The description of the section.
    public static final VMStateDescription<Nrf51Timer> VMSTATE =
            VMStateDescription.builder("nrf51_soc.timer", Nrf51Timer.class, MethodHandles.lookup())
                    .minimumVersionId(0)
                    .fields(
                            timer("timer"),
                            int64("timer_start_ns"),
                            int64("update_counter_ns"),
                            uint32("counter"),
                            bool("running"),
                            uint8("events_compare").array(REGISTERS),
                            uint32("cc").array(REGISTERS),
                            uint32("shorts"),
                            uint32("inten"),
                            uint32("mode"),
                            uint32("bitmode"),
                            uint32("prescaler"))
                    .build();
}
