// SPDX-License-Identifier: Apache-2.0
/// The steps of the engine as JFR events with the names, fields and formats of QEMU's trace events
/// (`vmstate_load_state_field`, `get_qtailq`, …).
@NullMarked
package org.vmstate.trace;

import org.jspecify.annotations.NullMarked;
