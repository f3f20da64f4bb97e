// SPDX-License-Identifier: Apache-2.0
/// The pseries machine of PowerPC: its own state, its events for the guest, its connectors for
/// hot-pluggable devices.
@NullMarked
package org.vmstate.devices.spapr;

import org.jspecify.annotations.NullMarked;
