// SPDX-License-Identifier: Apache-2.0
/// The processor of ARM's M profile and what belongs to it: interrupt controller and system timer.
@NullMarked
package org.vmstate.devices.arm;

import org.jspecify.annotations.NullMarked;
