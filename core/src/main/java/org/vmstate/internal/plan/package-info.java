// SPDX-License-Identifier: Apache-2.0
/// The plan: layouts walked field by field, in QEMU's order, with QEMU's description text.
@NullMarked
package org.vmstate.internal.plan;

import org.jspecify.annotations.NullMarked;
