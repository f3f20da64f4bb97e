// SPDX-License-Identifier: Apache-2.0

/// What QEMU's own `scripts/analyze-migration.py` prints, byte for byte.
///
/// [org.vmstate.tool.qemu.QemuState] is its `-d state`, [org.vmstate.tool.qemu.QemuDescription] its
/// `-d desc`.
@NullMarked
package org.vmstate.tool.qemu;

import org.jspecify.annotations.NullMarked;
