// SPDX-License-Identifier: Apache-2.0
/// Comparison of machines: functions that return records.
///
/// [org.vmstate.compare.MachineDiff] and [org.vmstate.compare.Comparison] find what differs between
/// two streams.
@NullMarked
package org.vmstate.compare;

import org.jspecify.annotations.NullMarked;
