// SPDX-License-Identifier: Apache-2.0
/// The peripherals of the nRF51 system on a chip, and of the micro:bit board that has one.
@NullMarked
package org.vmstate.devices.nrf51;

import org.jspecify.annotations.NullMarked;
