// SPDX-License-Identifier: Apache-2.0

/// Faults of the machine, against every command of the tool as its users run it.
@NullMarked
package org.vmstate.tool.faults;

import org.jspecify.annotations.NullMarked;
