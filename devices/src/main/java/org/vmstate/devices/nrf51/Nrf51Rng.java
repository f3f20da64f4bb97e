// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.nrf51;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.internal.Flags;

/// The section `nrf51_soc.rng`: the random number generator of an nRF51.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_rng`.
public final class Nrf51Rng {
    /// Whether the generator runs.
    public boolean active;

    /// The register EVENTS_VALRDY: a number is ready.
    public boolean eventValrdy;

    /// Whether the generator stops when a number is ready.
    public boolean shortcutStopOnValrdy;

    /// Whether a number that is ready raises an interrupt.
    public boolean interruptEnabled;

    /// Whether the filter against bias is on.
    public boolean filterEnabled;

    /// Creates a device whose values are all zero.
    public Nrf51Rng() {}

    /// The description of the section.
    public static final VMStateDescription<Nrf51Rng> VMSTATE =
            VMStateDescription.builder("nrf51_soc.rng", Nrf51Rng.class, MethodHandles.lookup())
                    .fields(
                            Flags.uint32("active", r -> r.active, (r, v) -> r.active = v),
                            Flags.uint32(
                                    "event_valrdy",
                                    r -> r.eventValrdy,
                                    (r, v) -> r.eventValrdy = v),
                            Flags.uint32(
                                    "shortcut_stop_on_valrdy",
                                    r -> r.shortcutStopOnValrdy,
                                    (r, v) -> r.shortcutStopOnValrdy = v),
                            Flags.uint32(
                                    "interrupt_enabled",
                                    r -> r.interruptEnabled,
                                    (r, v) -> r.interruptEnabled = v),
                            Flags.uint32(
                                    "filter_enabled",
                                    r -> r.filterEnabled,
                                    (r, v) -> r.filterEnabled = v))
                    .build();
}
