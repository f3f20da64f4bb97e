// SPDX-License-Identifier: Apache-2.0

/// The output of QEMU's own `scripts/analyze-migration.py`, byte for byte.
///
/// [org.vmstate.tool.qemu.QemuState] writes that of `-d state`,
/// [org.vmstate.tool.qemu.QemuDescription] that of `-d desc`.
@NullMarked
package org.vmstate.tool.qemu;

import org.jspecify.annotations.NullMarked;
