// SPDX-License-Identifier: Apache-2.0
/// Whole machines of QEMU: memory, devices, names, section ids and order, ready to be loaded and
/// saved.
@NullMarked
package org.vmstate.devices.machine;

import org.jspecify.annotations.NullMarked;
