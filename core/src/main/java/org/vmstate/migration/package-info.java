// SPDX-License-Identifier: Apache-2.0
/// Live migration: source and destination of a machine that runs, and of streams of other programs.
///
/// This package reads from and writes to channels. `org.vmstate.transport` opens them.
@NullMarked
package org.vmstate.migration;

import org.jspecify.annotations.NullMarked;
