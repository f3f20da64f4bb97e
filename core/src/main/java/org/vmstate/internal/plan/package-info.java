// SPDX-License-Identifier: Apache-2.0
/// The plan: interprets layouts field by field, in QEMU's order and with QEMU's description text.
@NullMarked
package org.vmstate.internal.plan;

import org.jspecify.annotations.NullMarked;
