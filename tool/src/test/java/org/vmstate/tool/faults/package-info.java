// SPDX-License-Identifier: Apache-2.0

/// Tests of every command of the packaged tool with faults of the machine.
@NullMarked
package org.vmstate.tool.faults;

import org.jspecify.annotations.NullMarked;
