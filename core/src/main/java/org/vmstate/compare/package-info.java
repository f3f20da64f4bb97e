// SPDX-License-Identifier: Apache-2.0
/// Comparisons: of two saved machines, of a saved machine with a destination that is to load it,
/// and of two programs' descriptions.
///
/// [org.vmstate.compare.MachineDiff] and [org.vmstate.compare.Comparison] find what differs between
/// two streams. [org.vmstate.compare.MigrationCheck] predicts whether a destination loads a stream,
/// and gives each reason why not. [org.vmstate.compare.StreamVerification] examines a stream alone.
/// [org.vmstate.compare.Explanation] explains a line of QEMU's or libvirt's log.
/// [org.vmstate.compare.CompatibilityCheck] is the same for machines that are declared in Java, in
/// a test.
@NullMarked
package org.vmstate.compare;

import org.jspecify.annotations.NullMarked;
