// SPDX-License-Identifier: Apache-2.0
/// The processor of AVR machines.
@NullMarked
package org.vmstate.devices.avr;

import org.jspecify.annotations.NullMarked;
